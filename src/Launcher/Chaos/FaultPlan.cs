using MiniBatch.Shared.Numerics;

namespace MiniBatch.Launcher.Chaos;

/// <summary>A fault to come.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="AfterStep">Not before the run has had this step.</param>
/// <param name="IsClose">Whether it comes while the fault before it may not be over; else there is a step between.</param>
/// <param name="Delay">How long after its step it comes, or where it is close after the fault before it.</param>
/// <param name="StopLength">Where a process is stopped: for how long.</param>
/// <param name="Roll">Uniform; chooses the victim among those there are.</param>
public sealed record PlannedFault(FaultKind Kind, long AfterStep, bool IsClose, TimeSpan Delay, TimeSpan StopLength, ulong Roll);

/// <summary>The faults of a run, all drawn from one seed: spread over its steps, so that it ends when it is trained and has had them all.</summary>
public static class FaultPlan
{
    /// <summary>Faults besides the kills, for each kill.</summary>
    private const double OthersPerKill = 0.5;

    /// <summary>Of the kills, the coordinator's.</summary>
    private const double CoordinatorShare = 0.25;

    /// <summary>Faults that come while the one before may not be over.</summary>
    private const double CloseShare = 0.25;

    /// <summary>After these of its steps the run is left alone, so that processes come back and can be looked at.</summary>
    private const double TormentedShare = 0.95;

    /// <summary>A process takes about so long to start and to join: a close fault meets it before as often as after.</summary>
    private static readonly TimeSpan CloseMax = TimeSpan.FromSeconds(3);

    /// <summary>Several steps: a fault meets any part of one.</summary>
    private static readonly TimeSpan DelayMax = TimeSpan.FromMilliseconds(40);

    private static readonly TimeSpan StopMin = TimeSpan.FromMilliseconds(200);

    /// <summary>Beyond the silence after which a worker's slots go to others.</summary>
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(4.5);

    private static readonly FaultKind[] Others =
    [
        FaultKind.WorkerTerminated, FaultKind.WorkerStopped, FaultKind.DataConnectionClosed,
        FaultKind.ControlConnectionClosed, FaultKind.CoordinatorTerminated, FaultKind.CoordinatorStopped,
    ];

    /// <summary>All faults of so many kills.</summary>
    public static int CountOf(int kills) => kills + (int)Math.Ceiling(kills * OthersPerKill);

    /// <summary>Draws them.</summary>
    /// <param name="seed">The same seed draws the same faults.</param>
    /// <param name="kills">SIGKILLs, ≥ 1; the other faults come on top.</param>
    /// <param name="steps">Of the run; more than faults.</param>
    /// <param name="closesConnections">Whether connections can be closed here.</param>
    public static IReadOnlyList<PlannedFault> Draw(ulong seed, int kills, long steps, bool closesConnections)
    {
        var random = new SplitMix64(seed);
        var kinds = Kinds(kills, closesConnections);
        for (var i = kinds.Length - 1; i > 0; i--)
        {
            var j = random.NextBelow(i + 1);
            (kinds[i], kinds[j]) = (kinds[j], kinds[i]);
        }
        var faults = new PlannedFault[kinds.Length];
        for (var i = 0; i < faults.Length; i++)
        {
            var step = (long)(TormentedShare * steps * (i + random.NextUnitDouble()) / faults.Length);
            var isClose = random.NextUnitDouble() < CloseShare && i > 0 && !faults[i - 1].IsClose;
            faults[i] = new PlannedFault(
                kinds[i], Math.Max(1, step), isClose, (isClose ? CloseMax : DelayMax) * random.NextUnitDouble(),
                StopMin + (StopMax - StopMin) * random.NextUnitDouble(), random.NextUInt64());
        }
        return faults;
    }

    private static FaultKind[] Kinds(int kills, bool closesConnections)
    {
        var kinds = new FaultKind[CountOf(kills)];
        var others = Others.Where(kind => closesConnections || !kind.ClosesConnection()).ToArray();
        for (var i = 0; i < kinds.Length; i++)
        {
            if (i >= kills) kinds[i] = others[(i - kills) % others.Length];
            else kinds[i] = i < Math.Max(1, (int)(kills * CoordinatorShare)) ? FaultKind.CoordinatorKilled : FaultKind.WorkerKilled;
        }
        return kinds;
    }
}
