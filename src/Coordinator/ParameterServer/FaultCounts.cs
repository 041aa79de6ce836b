using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>Counts what the exchange had to deal with. Owned by the exchange thread; goes into every checkpoint.</summary>
public sealed class FaultCounts
{
    /// <summary>Staleness that is counted by itself; what is older counts as this old.</summary>
    public const int StalenessMax = 1023;

    private readonly List<long> _staleness = [];

    /// <summary>Slots and blocks taken from one worker and given to another.</summary>
    public int SlotsReassigned { get; set; }

    /// <summary>Late slots that were also given to an idle worker.</summary>
    public int SlotsBackedUp { get; set; }

    /// <summary>Gradients dropped because one of their key was in.</summary>
    public int DuplicatesDropped { get; set; }

    /// <summary>Data connections that broke.</summary>
    public int ConnectionsLost { get; set; }

    /// <summary>Updates left out because they were not finite.</summary>
    public int UpdatesSkipped { get; set; }

    /// <summary>Updates whose gradient was over the limit of the run's clipping.</summary>
    public int UpdatesClipped { get; set; }

    /// <summary>A slot was applied that was computed so many updates ago.</summary>
    public void CountStaleness(long updates)
    {
        var index = (int)Math.Min(updates, StalenessMax);
        while (_staleness.Count <= index) _staleness.Add(0);
        _staleness[index]++;
    }

    /// <summary>What was counted so far.</summary>
    public ExchangeCounters ToCounters() => new(
        SlotsReassigned, SlotsBackedUp, DuplicatesDropped, ConnectionsLost, UpdatesSkipped, UpdatesClipped, _staleness.Count == 0 ? null : [.. _staleness]);

    /// <summary>Goes on from what was counted before.</summary>
    public void Restore(ExchangeCounters counters)
    {
        SlotsReassigned = counters.SlotsReassigned;
        SlotsBackedUp = counters.SlotsBackedUp;
        DuplicatesDropped = counters.DuplicatesDropped;
        ConnectionsLost = counters.ConnectionsLost;
        UpdatesSkipped = counters.UpdatesSkipped;
        UpdatesClipped = counters.UpdatesClipped;
        _staleness.Clear();
        _staleness.AddRange(counters.Staleness ?? []);
    }
}

/// <summary>What was counted, copied.</summary>
/// <param name="SlotsReassigned">Slots and blocks taken from one worker and given to another.</param>
/// <param name="SlotsBackedUp">Late slots that were also given to an idle worker.</param>
/// <param name="DuplicatesDropped">Gradients dropped because one of their key was in.</param>
/// <param name="ConnectionsLost">Data connections that broke.</param>
/// <param name="UpdatesSkipped">Updates left out because they were not finite.</param>
/// <param name="UpdatesClipped">Updates whose gradient was over the limit of the run's clipping.</param>
/// <param name="Staleness">
/// Slots applied, by the updates that were applied between the version they were computed from and themselves; null in a
/// synchronous run.
/// </param>
public readonly record struct ExchangeCounters(
    int SlotsReassigned, int SlotsBackedUp, int DuplicatesDropped, int ConnectionsLost, int UpdatesSkipped = 0, int UpdatesClipped = 0,
    IReadOnlyList<long>? Staleness = null);
