using System.Globalization;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Chaos;

/// <summary>What processes had at the end of the disturbed run, beside those of the undisturbed one.</summary>
/// <param name="Process">Its name.</param>
/// <param name="Undisturbed">At the end of the undisturbed run.</param>
/// <param name="Survivor">At the end of the disturbed one; null where it was not there just then.</param>
/// <param name="Most">The most that a process of that name had while it was disturbed.</param>
public sealed record ChaosUse(string Process, ProcessUse Undisturbed, ProcessUse? Survivor, ProcessUse Most);

/// <summary>What came of a tormented run: <c>chaos.json</c>, and what a person reads.</summary>
public sealed record ChaosReport
{
    /// <summary>What was trained.</summary>
    public required string Workload { get; init; }

    /// <summary>Of the run and of the faults.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Worker processes.</summary>
    public required int Workers { get; init; }

    /// <summary>SIGKILLs that were made.</summary>
    public required int Kills { get; init; }

    /// <summary>All faults that were made, by kind.</summary>
    public required IReadOnlyDictionary<string, int> Faults { get; init; }

    /// <summary>Of the run.</summary>
    public required long Steps { get; init; }

    /// <summary>Time of the undisturbed run.</summary>
    public required double SecondsUndisturbed { get; init; }

    /// <summary>Time of the disturbed run.</summary>
    public required double SecondsDisturbed { get; init; }

    /// <summary>Coordinators that were started after the first.</summary>
    public required int CoordinatorRestarts { get; init; }

    /// <summary>Steps that were computed again after that, to the same result.</summary>
    public required int StepsRedone { get; init; }

    /// <summary>State of the model that nobody disturbed.</summary>
    public required string StateSha256Undisturbed { get; init; }

    /// <summary>State of the tormented model.</summary>
    public required string StateSha256Disturbed { get; init; }

    /// <summary>Times from a fault to the next step in the ledger.</summary>
    public required IReadOnlyList<RecoveryHistogram> Recoveries { get; init; }

    /// <summary>The faults that took longest, with when they were made: what happened then is in the logs.</summary>
    public required IReadOnlyList<Recovery> Slowest { get; init; }

    /// <summary>The processes.</summary>
    public required IReadOnlyList<ChaosUse> Processes { get; init; }

    /// <summary>What is not as it should be; empty where all is.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>For people.</summary>
    public void Write(TextWriter page)
    {
        page.WriteLine(Format($"faults         {Faults.Values.Sum():N0}, {Kills:N0} kills among them: {string.Join(", ", Faults.Select(fault => Format($"{fault.Value:N0} {fault.Key}")))}"));
        page.WriteLine(Format($"time           {SecondsDisturbed:N1} s for {Steps:N0} steps, undisturbed {SecondsUndisturbed:N1} s"));
        page.WriteLine(Format($"coordinators   {CoordinatorRestarts:N0} restarts, {StepsRedone:N0} steps redone"));
        page.WriteLine();
        page.WriteLine("from a fault to the next step in the ledger, which has it up to 20 ms after it was applied; how many took up to");
        page.Write($"  {"",-42}{"n",6}{"p50 ms",9}{"p99 ms",9}{"max ms",9}");
        foreach (var bound in RecoveryHistogram.BucketMilliseconds) page.Write($"{(bound < 1000 ? Format($"{bound}ms") : Format($"{bound / 1000.0:0.#}s")),7}");
        page.WriteLine($"{"more",7}");
        foreach (var times in Recoveries)
        {
            page.Write(Format($"  {times.Fault,-42}{times.Count,6:N0}{times.MillisecondsP50,9:N0}{times.MillisecondsP99,9:N0}{times.MillisecondsMax,9:N0}"));
            foreach (var count in times.Buckets) page.Write(Format($"{(count == 0 ? "." : Format($"{count:N0}")),7}"));
            page.WriteLine();
        }
        page.WriteLine();
        page.WriteLine("memory, handles and threads at the end");
        foreach (var use in Processes)
            page.WriteLine(Format($"  {use.Process,-14}undisturbed {Text(use.Undisturbed)}   survivor {Text(use.Survivor)}   the most {Text(use.Most)}"));
        page.WriteLine();
        page.WriteLine($"undisturbed    state {StateSha256Undisturbed}");
        page.WriteLine($"disturbed      state {StateSha256Disturbed}");
    }

    private static string Text(ProcessUse? use) =>
        use is null ? "        not there       " : Format($"{use.MemoryMegabytes,4} MB {use.Handles,4} {use.Threads,3}");

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
