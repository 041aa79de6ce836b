using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Simulation;

/// <summary>
/// <c>simulate</c>: runs of the shipped cores in a simulated world with faults, one a seed. The first seed that breaks an invariant
/// is told as a story, with as few of its faults as it takes, and the same seed tells the same story again.
/// </summary>
public static class SimulateCommand
{
    private const int SeedsDefault = 10_000;

    private const int RunsAtOnce = 4096;

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(5);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var seed = Flag.Seed("--seed", "the first seed; alone: simulate this one, and tell its story [1]");
        var seeds = Flag.Integer("--seeds", $"how many seeds, one run each [{SeedsDefault}]", 1);
        var workers = Flag.Integer("--workers", "workers of every run [drawn from the seed, 1 to 4]", 1);
        var command = new Command("simulate", "Runs the cluster's own decisions in a simulated world that fails, and checks what must always be so.") { seed, seeds, workers };
        command.SetAction(parsed =>
        {
            var first = parsed.GetValue(seed);
            if (first is { } one && parsed.GetValue(seeds) is null) TellStory(one, parsed.GetValue(workers));
            else Simulate(first ?? 1, parsed.GetValue(seeds) ?? SeedsDefault, parsed.GetValue(workers));
        });
        return command;
    }

    private static void TellStory(ulong seed, int? workers)
    {
        var result = Simulator.Explain(seed, workers, Say);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"seed {seed}: {result.Outcome}; {result.Updates} updates, {result.Events:N0} events, {result.VirtualTime.TotalSeconds:0.0} virtual seconds"));
        RequireSound(result);
    }

    private static void Simulate(ulong first, int count, int? workers)
    {
        var coverage = new Coverage();
        var watch = Stopwatch.StartNew();
        var computed = Environment.CpuUsage.TotalTime;
        var nextProgress = ProgressInterval;
        var sums = new Sums();
        SimulationResult? failed = null;
        // Runs know nothing of each other; of several that fail the first seed is told.
        for (var done = 0; done < count && failed is null; done += RunsAtOnce)
        {
            Parallel.For(
                done, Math.Min(count, done + RunsAtOnce), () => (Coverage: new Coverage(), Sums: new Sums()),
                (i, _, own) =>
                {
                    var result = Simulator.Run(first + (ulong)i, workers, own.Coverage);
                    own.Sums.Add(result);
                    if (result.Violation is not null) lock (sums) failed = failed is null || result.Seed < failed.Seed ? result : failed;
                    return own;
                },
                own =>
                {
                    lock (sums)
                    {
                        coverage.Add(own.Coverage);
                        sums.Add(own.Sums);
                    }
                });
            if (watch.Elapsed < nextProgress) continue;
            nextProgress = watch.Elapsed + ProgressInterval;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sums.Runs:N0} of {count:N0} runs, {sums.Runs / watch.Elapsed.TotalSeconds:N0} a second"));
        }
        if (failed is not null)
        {
            Simulator.Explain(failed.Seed, workers, Say);
            RequireSound(failed);
        }
        foreach (var (what, times) in coverage.Lines()) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{times,14:N0}  {what}"));
        var seconds = (Environment.CpuUsage.TotalTime - computed).TotalSeconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count:N0} runs from seed {first}: no invariant broken; {sums.Updates:N0} updates, {sums.Events:N0} events, {sums.VirtualTime.TotalHours:N1} virtual hours in {watch.Elapsed.TotalSeconds:0.0} s, {count / seconds:N0} runs a second of one core"));
    }

    private sealed class Sums
    {
        public long Runs { get; private set; }

        public long Events { get; private set; }

        public long Updates { get; private set; }

        public TimeSpan VirtualTime { get; private set; }

        public void Add(SimulationResult result)
        {
            Runs++;
            Events += result.Events;
            Updates += result.Updates;
            VirtualTime += result.VirtualTime;
        }

        public void Add(Sums other)
        {
            Runs += other.Runs;
            Events += other.Events;
            Updates += other.Updates;
            VirtualTime += other.VirtualTime;
        }
    }

    private static void Say(TimeSpan time, string line) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds,12:0.000} ms  {line}"));

    private static void RequireSound(SimulationResult result)
    {
        if (result.Violation is not null)
            throw new UserErrorException($"seed {result.Seed} breaks an invariant: {result.Violation}; ./cluster simulate --seed {result.Seed} tells the story again");
    }
}
