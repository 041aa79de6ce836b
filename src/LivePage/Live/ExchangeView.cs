namespace MiniBatch.LivePage.Live;

/// <summary>
/// What the exchange is doing at one moment: what no file of the run has yet. Immutable; a new one replaces it, so a reader that is
/// slow only misses some.
/// </summary>
/// <param name="Version">Of the model: updates made or left out.</param>
/// <param name="Work">What the workers are asked for, for people: "step 41", "the evaluation of version 600", "nothing".</param>
/// <param name="StepsPerSecond">At most so many steps are opened; 0 where the run is paused, null at full speed.</param>
/// <param name="IsHeld">Whether the next step waits for that.</param>
/// <param name="OpenMilliseconds">For how long the open step has been open; in asynchronous modes the oldest slot that is dealt.</param>
/// <param name="Slots">Of the open step; in asynchronous modes those that are dealt.</param>
/// <param name="Workers">Those that are connected.</param>
/// <param name="Staleness">Slots applied, by their staleness; null in a synchronous run.</param>
/// <param name="Moved">The last update that was measured; null before the first.</param>
/// <param name="IsLate">Whether what is open is late: by far longer than the recent steps were.</param>
public sealed record ExchangeView(
    long Version, string Work, double? StepsPerSecond, bool IsHeld, double OpenMilliseconds, IReadOnlyList<SlotView> Slots,
    IReadOnlyList<WorkerView> Workers, IReadOnlyList<long>? Staleness, MovementView? Moved = null, bool IsLate = false);

/// <summary>How far an update moved the parameters.</summary>
/// <param name="Version">That it made.</param>
/// <param name="Norm">Euclidean norm of the difference to the version before.</param>
public sealed record MovementView(long Version, double Norm);

/// <summary>One slot that is dealt.</summary>
/// <param name="Step">1-based over the run.</param>
/// <param name="Slot">0-based.</param>
/// <param name="Worker">Who computes it, or sent it; null while it is nobody's.</param>
/// <param name="Backup">Who computes it too, because it is late.</param>
/// <param name="IsIn">Whether its gradient has arrived.</param>
public sealed record SlotView(long Step, int Slot, string? Worker, string? Backup, bool IsIn);

/// <summary>A worker that is connected.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version it holds; null before the first.</param>
/// <param name="TakesPart">Whether it is in the assignment.</param>
/// <param name="Lags">Whether it is dealt no slots until it has answered one that was late.</param>
public sealed record WorkerView(string Name, long? Version, bool TakesPart, bool Lags = false);
