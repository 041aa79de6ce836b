using MiniBatch.Shared.Runs;
using MiniBatch.Simulation.Checks;
using MiniBatch.Simulation.Faults;
using MiniBatch.Simulation.Nodes;
using MiniBatch.Simulation.Scheduling;

namespace MiniBatch.Simulation;

/// <summary>What came of one simulated run.</summary>
/// <param name="Seed">Which.</param>
/// <param name="Violation">What must never be so; null where all was well.</param>
/// <param name="Outcome">How the run ended.</param>
/// <param name="Events">So many events happened.</param>
/// <param name="Updates">So many updates were made, by all coordinators.</param>
/// <param name="VirtualTime">So long it took in there.</param>
public sealed record SimulationResult(ulong Seed, string? Violation, string Outcome, int Events, int Updates, TimeSpan VirtualTime);

/// <summary>
/// Simulates runs of the shipped cores: <c>CoordinatorCore</c>, <c>ExchangeCore</c>, <c>WorkerCore</c>, <c>SupervisorCore</c> and what
/// writes a run down, in one thread and virtual time, with faults. A seed stands for one run, and gives the same one each time.
/// </summary>
public static class Simulator
{
    /// <summary>After the last fault is over, a run has so long to end.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(100);

    private const int EventsMax = 400_000;

    /// <summary>So many events are between two looks at what the cores keep.</summary>
    private const int SizeInterval = 512;

    /// <summary>Simulates the run of a seed.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="workers">So many workers; null to have the seed say.</param>
    /// <param name="coverage">Is told what occurs.</param>
    /// <param name="tell">Is told the story, with virtual times; null where nobody reads it.</param>
    public static SimulationResult Run(ulong seed, int? workers, Coverage coverage, Action<TimeSpan, string>? tell = null) =>
        Run(Schedule.Of(seed, workers), coverage, tell);

    /// <summary>
    /// Finds the faults without which a seed that fails still does, and tells the story of what is left.
    /// </summary>
    /// <param name="seed">One that fails.</param>
    /// <param name="workers">As it was run.</param>
    /// <param name="tell">Is told the story.</param>
    public static SimulationResult Explain(ulong seed, int? workers, Action<TimeSpan, string> tell)
    {
        var schedule = Schedule.Of(seed, workers);
        var faults = schedule.Faults;
        if (Run(schedule, new Coverage(), null).Violation is not null)
        {
            for (var i = faults.Count - 1; i >= 0; i--)
            {
                Fault[] fewer = [.. faults.Take(i), .. faults.Skip(i + 1)];
                if (Run(schedule with { Faults = fewer }, new Coverage(), null).Violation is not null) faults = fewer;
            }
        }
        var spec = schedule.Spec;
        tell(TimeSpan.Zero, $"seed {seed}: {schedule.Workers} workers, {(schedule.IsSupervised ? "supervised on one machine" : "on machines of their own")}, {spec.Epochs} epochs of "
            + $"{spec.StepsPerEpoch} steps in {spec.Slots} slots, {spec.Mode}, a checkpoint every {schedule.Exchange.CheckpointSteps} steps");
        if (faults.Count < schedule.Faults.Count) tell(TimeSpan.Zero, $"{schedule.Faults.Count - faults.Count} of its {schedule.Faults.Count} faults are left out: it fails without them");
        foreach (var fault in faults) tell(TimeSpan.Zero, $"to come: {fault}");
        return Run(schedule with { Faults = faults }, new Coverage(), tell);
    }

    /// <summary>Simulates one seed after the other, until one breaks an invariant.</summary>
    /// <param name="first">The first.</param>
    /// <param name="count">So many at most.</param>
    /// <returns>"SEED: what is broken"; null where none does.</returns>
    public static string? FirstViolation(ulong first, int count)
    {
        var coverage = new Coverage();
        for (var i = 0; i < count; i++)
        {
            var result = Run(first + (ulong)i, workers: null, coverage);
            if (result.Violation is not null) return $"{result.Seed}: {result.Violation}";
        }
        return null;
    }

    /// <summary>The story of a seed, a line an event.</summary>
    public static string[] Story(ulong seed)
    {
        var lines = new List<string>();
        Explain(seed, workers: null, (time, line) => lines.Add($"{time.Ticks} {line}"));
        return [.. lines];
    }

    internal static SimulationResult Run(Schedule schedule, Coverage coverage, Action<TimeSpan, string>? tell)
    {
        SimulatedCluster? cluster = null;
        string? violation = null;
        try
        {
            cluster = new SimulatedCluster(schedule, coverage, tell);
            RunToEnd(cluster);
        }
        catch (InvariantException e)
        {
            violation = e.Message;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            violation = $"a core threw {e.GetType().Name}: {e.Message} {e.StackTrace?.Split('\n').FirstOrDefault()?.Trim()}";
        }
        if (violation is not null) tell?.Invoke(cluster?.World.Now ?? TimeSpan.Zero, $"VIOLATION: {violation}");
        return new SimulationResult(
            schedule.Seed, violation, cluster?.Outcome is { } outcome ? $"exit code {outcome.ExitCode}: {outcome.Reason}" : "did not end",
            cluster?.World.EventCount ?? 0, cluster?.Checks.Updates ?? 0, cluster?.World.Now ?? TimeSpan.Zero);
    }

    private static void RunToEnd(SimulatedCluster cluster)
    {
        var world = cluster.World;
        var updates = 0;
        while (cluster.Outcome is null)
        {
            if (!world.Step()) throw new InvariantException("nothing happens any more, and the run has not ended");
            if (cluster.Checks.Updates != updates)
            {
                updates = cluster.Checks.Updates;
                cluster.Faults.Updated();
            }
            if (world.EventCount % SizeInterval == 0) CoreSizes.RequireBounded(cluster);
            if (world.Now > cluster.Faults.QuietFrom + EndLimit)
                throw new InvariantException($"the run has not ended {EndLimit.TotalSeconds:0} s after the last fault was over");
            if (world.EventCount > EventsMax * Math.Max(1, cluster.Schedule.Workers / 8))
                throw new InvariantException($"the run has not ended after {world.EventCount} events");
        }
        var (code, reason) = cluster.Outcome.Value;
        if (code == 0)
        {
            var history = cluster.Current?.Shell?.Exchange.History ?? throw new InvariantException("the run is complete, and no coordinator completed it");
            DiskChecks.RequireComplete(cluster.Schedule, cluster.Checks, cluster.Directory, history, isDisturbed: cluster.Incarnations > 1);
        }
        else if (!Excuses.Allow(cluster, code, reason)) throw new InvariantException($"the run ended with exit code {code}, and nothing that happened is a reason: {reason}");
        CoreSizes.RequireBounded(cluster);
    }
}
