namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>How far a run is: what, with a version, is all that going on needs.</summary>
/// <param name="Epoch">1-based, the epoch under way or the last one trained; 0 before the first step.</param>
/// <param name="StepsInEpoch">Its steps that are committed: of which every slot is applied.</param>
/// <param name="Samples">Its samples that are applied.</param>
/// <param name="LossSum">Sum of these samples' losses.</param>
/// <param name="Elapsed">Time that its steps took.</param>
/// <param name="Ahead">Slots applied beyond these steps, numbered through the epoch; null in a synchronous run.</param>
public sealed record RunPosition(int Epoch, int StepsInEpoch, long Samples, double LossSum, TimeSpan Elapsed, int[]? Ahead = null)
{
    /// <summary>Before the first step.</summary>
    public static readonly RunPosition Start = new(0, 0, 0, 0, TimeSpan.Zero);
}
