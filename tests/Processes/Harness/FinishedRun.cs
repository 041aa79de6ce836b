using System.Text.Json;
using System.Text.Json.Nodes;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Processes.Harness;

/// <summary>What a run left behind, read once, so that it outlives its directory.</summary>
internal sealed class FinishedRun
{
    public FinishedRun(RunDirectory directory)
    {
        SummaryText = File.ReadAllText(directory.Summary);
        Spec = JsonSerializer.Deserialize<RunSpec>(File.ReadAllText(directory.Spec), Json.Indented)!;
        Summary = JsonSerializer.Deserialize<RunSummary>(SummaryText, Json.Indented)!;
        LedgerLines = File.ReadAllLines(directory.Ledger);
        Steps = [.. LedgerLines.Select(line => LedgerStep.Parse(line))];
    }

    public RunSpec Spec { get; }

    public RunSummary Summary { get; }

    public string SummaryText { get; }

    public IReadOnlyList<string> LedgerLines { get; }

    public IReadOnlyList<LedgerStep> Steps { get; }

    /// <summary>What the law of a synchronous run speaks of.</summary>
    public (string Parameters, string State) Hashes => (Summary.ParametersSha256, Summary.StateSha256);
}

/// <summary>One line of the ledger.</summary>
internal sealed record LedgerStep(
    long Step, int Epoch, long Generation, double Loss, int Correct, double LearningRate, double GradientNorm,
    double Milliseconds, IReadOnlyList<LedgerSlot> Slots, string Chain)
{
    /// <summary>Reads a line; a field too many or too few is an error.</summary>
    public static LedgerStep Parse(string line)
    {
        var step = JsonSerializer.Deserialize<LedgerStep>(line, Json.Compact)!;
        Assert.Equal(10, JsonNode.Parse(line)!.AsObject().Count);
        return step;
    }
}

/// <summary>One slot of a line of the ledger.</summary>
internal sealed record LedgerSlot(string Worker, int Samples, string Crc, int ComputeMicroseconds);
