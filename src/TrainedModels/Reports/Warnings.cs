using MiniBatch.Shared.Logging;

namespace MiniBatch.TrainedModels.Reports;

/// <summary>What a run's processes warned of or failed with, by their logs.</summary>
/// <param name="First">The first of them, in the order of time.</param>
/// <param name="Count">How many there are.</param>
public sealed record Warnings(IReadOnlyList<Warning> First, int Count)
{
    private const int Most = 60;

    private static readonly string[] Loud = [.. new[] { "Warning", "Error", "Fatal" }.Select(level => $"\"{LogLine.LevelProperty}\":\"{level}\"")];

    /// <summary>Reads the logs of the coordinator and the supervisor; lines that are not whole are passed over.</summary>
    /// <param name="logs">The run's folder of logs.</param>
    public static Warnings Read(string logs)
    {
        var all = new[] { "supervisor", "coordinator" }.Select(node => Path.Combine(logs, $"{node}.jsonl")).Where(File.Exists)
            .SelectMany(file => ReadLines(file).Select(Parse).OfType<Warning>()).OrderBy(warning => warning.Time).ToList();
        return new Warnings([.. all.Take(Most)], all.Count);
    }

    private static IEnumerable<string> ReadLines(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (reader.ReadLine() is { } line) yield return line;
    }

    // Most lines are none: not worth being parsed.
    private static Warning? Parse(string line) =>
        Loud.Any(level => line.Contains(level, StringComparison.Ordinal)) && LogLine.Parse(line) is { } read ? new Warning(read.Time, read.Node, read.Message) : null;
}

/// <summary>One line of a log.</summary>
public sealed record Warning(DateTimeOffset Time, string Node, string Text);
