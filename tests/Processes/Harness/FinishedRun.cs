using System.Text.Json;
using System.Text.Json.Nodes;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Processes.Harness;

/// <summary>What a run left behind, read once, so that it can be asked also when its directory is gone.</summary>
internal sealed class FinishedRun
{
    public FinishedRun(RunDirectory directory)
    {
        Directory = directory;
        SummaryText = File.ReadAllText(directory.Summary);
        Spec = JsonSerializer.Deserialize<RunSpec>(File.ReadAllText(directory.Spec), Json.Indented)!;
        Summary = JsonSerializer.Deserialize<RunSummary>(SummaryText, Json.Indented)!;
        LedgerLines = File.ReadAllLines(directory.Ledger);
        Steps = [.. LedgerLines.Select(line => LedgerStep.Parse(line))];
    }

    /// <summary>Where it was read; gone with the cluster that it belongs to.</summary>
    public RunDirectory Directory { get; }

    public RunSpec Spec { get; }

    public RunSummary Summary { get; }

    public string SummaryText { get; }

    public IReadOnlyList<string> LedgerLines { get; }

    public IReadOnlyList<LedgerStep> Steps { get; }

    /// <summary>What the law of a synchronous run speaks of.</summary>
    public (string Parameters, string State) Hashes => (Summary.ParametersSha256, Summary.StateSha256);
}

/// <summary>One line of the ledger.</summary>
internal sealed record LedgerStep(long Step, int Epoch, double Loss, double LearningRate, double Milliseconds, IReadOnlyList<LedgerSlot> Slots)
{
    private static readonly string[] WhoAndWhen = ["generation", "milliseconds", "worker", "computeMicroseconds", "arrivedMicroseconds", "chain"];

    // Only what tests speak of by name; the rest is compared as text.
    private static readonly JsonSerializerOptions Lenient = new(JsonSerializerDefaults.Web);

    /// <summary>All that the line says of what was computed, and nothing of who did it when.</summary>
    public string Computed { get; private init; } = "";

    /// <summary>Reads a line.</summary>
    public static LedgerStep Parse(string line)
    {
        var json = JsonNode.Parse(line)!.AsObject();
        var slots = json["slots"]!.AsArray();
        foreach (var part in slots.Select(slot => slot!.AsObject()).Append(json))
        {
            foreach (var field in WhoAndWhen) part.Remove(field);
        }
        return JsonSerializer.Deserialize<LedgerStep>(line, Lenient)! with { Computed = json.ToJsonString() };
    }
}

/// <summary>One slot of a line of the ledger.</summary>
internal sealed record LedgerSlot(string Worker, int Samples, string Crc);
