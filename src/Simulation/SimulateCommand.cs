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
        var nextProgress = ProgressInterval;
        var (events, updates, virtualTime) = (0L, 0L, TimeSpan.Zero);
        for (var i = 0; i < count; i++)
        {
            var result = Simulator.Run(first + (ulong)i, workers, coverage);
            if (result.Violation is not null)
            {
                Simulator.Explain(result.Seed, workers, Say);
                RequireSound(result);
            }
            events += result.Events;
            updates += result.Updates;
            virtualTime += result.VirtualTime;
            if (watch.Elapsed < nextProgress) continue;
            nextProgress = watch.Elapsed + ProgressInterval;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i + 1:N0} of {count:N0} runs, {(i + 1) / watch.Elapsed.TotalSeconds:N0} a second"));
        }
        foreach (var (what, times) in coverage.Lines()) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{times,14:N0}  {what}"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count:N0} runs from seed {first}: no invariant broken; {updates:N0} updates, {events:N0} events, {virtualTime.TotalHours:N1} virtual hours in {watch.Elapsed.TotalSeconds:0.0} s, {count / watch.Elapsed.TotalSeconds:N0} runs a second"));
    }

    private static void Say(TimeSpan time, string line) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds,12:0.000} ms  {line}"));

    private static void RequireSound(SimulationResult result)
    {
        if (result.Violation is not null)
            throw new UserErrorException($"seed {result.Seed} breaks an invariant: {result.Violation}; ./cluster simulate --seed {result.Seed} tells the story again");
    }
}
