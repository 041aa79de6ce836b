using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Shared.Ledger;

/// <summary>
/// Checks what a run says of itself beside its ledger, its summary, epochs, weights and newest checkpoint, against a ledger that was found sound.
/// Every check gives the first difference, or null.
/// </summary>
public static class RunVerifier
{
    /// <summary>
    /// A line has a mean over a step's samples, the epoch's mean comes from the sums before their division: equal but for
    /// rounding.
    /// </summary>
    private const double LossTolerance = 1e-9;

    /// <summary>The summary against the spec, and against the ledger's end.</summary>
    public static string? SummaryDifference(RunSpec spec, LedgerVerifierResult ledger, RunSummary summary)
    {
        (string Field, object Says, object Due)[] copied =
        [
            ("run", summary.Run, spec.Run.Value), ("workload", summary.Workload, spec.Workload), ("seed", summary.Seed, spec.Seed),
            ("globalBatch", summary.GlobalBatch, spec.GlobalBatch), ("slots", summary.Slots, spec.Slots),
            ("mode", summary.Mode, spec.Mode), ("optimizer", summary.Optimizer, spec.Optimizer.Name),
            ("learningRate", summary.LearningRate, spec.Optimizer.LearningRate), ("cpuCapability", summary.CpuCapability, spec.CpuCapability),
        ];
        if (copied.FirstOrDefault(field => !field.Due.Equals(field.Says)) is { Field: not null } other)
            return Invariant($"summary.json: {other.Field} is {other.Says} where spec.json says {other.Due}");
        if (summary.Outcome is not ("completed" or "failed" or "stopped")) return $"summary.json: outcome is {summary.Outcome}, with which no run ends";
        if (ledger.Torn)
            return $"steps.jsonl line {ledger.Lines + 1}: it is torn, and summary.json says that the run was written to its end";
        var updates = spec.FirstVersion + ledger.Lines;
        if (summary.Steps != updates / spec.Mode.UpdatesPerStep(spec.Slots) || summary.Updates != updates)
        {
            return $"summary.json: {summary.Steps} steps in {summary.Updates} updates, where steps.jsonl has {ledger.Lines} updates"
                + (spec.FirstVersion == 0 ? "" : $" after the {spec.FirstVersion} of the run that it goes on with");
        }
        var planned = (long)spec.Epochs * spec.StepsPerEpoch;
        if (summary.Outcome == "completed" && summary.Steps != planned)
            return $"summary.json: completed after {summary.Steps} steps where the run has {planned}";
        var epochs = spec.Epochs - spec.EpochsBefore;
        if (summary.Outcome == "completed" && summary.Epochs.Count != epochs)
            return $"summary.json: completed with {summary.Epochs.Count} epochs where the run has {epochs}";
        if (ledger.Last?.StateSha256 is { } state && state != summary.StateSha256)
            return $"summary.json: stateSha256 is {summary.StateSha256} where the last line of steps.jsonl says {state}";
        return null;
    }

    /// <summary>The table of epochs against the ledger's losses, and against the summary.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="ledger">Sound.</param>
    /// <param name="csv">The text of <c>epochs.csv</c>; empty where there is none.</param>
    /// <param name="summary">Null while there is none: then rows may run ahead of the ledger, and the last may be torn.</param>
    public static string? EpochsDifference(RunSpec spec, LedgerVerifierResult ledger, string csv, RunSummary? summary)
    {
        // The first line has the names of the columns; what follows the last line feed is empty, or torn.
        var rows = csv.Split('\n') is [_, .. var lines, _] ? lines : [];
        for (var i = 0; i < rows.Length; i++)
        {
            var at = $"epochs.csv line {i + 2}";
            var due = spec.EpochsBefore + i + 1;
            if (Parse(rows[i]) is not { } row || row.Epoch != due)
                return $"{at}: epoch {due} is due and the line is \"{rows[i].TrimEnd()}\"";
            var trained = i < ledger.Epochs.Count ? ledger.Epochs[i] : null;
            if (trained is not { IsComplete: true })
            {
                if (summary is null) break;
                return $"{at}: epoch {row.Epoch} is complete where steps.jsonl has {trained?.Updates ?? 0} of its {spec.UpdatesPerEpoch} updates";
            }
            if (trained.Samples + trained.SkippedSamples != spec.SamplesPerEpoch)
                return $"{at}: epoch {row.Epoch} applied {trained.Samples} samples and left out {trained.SkippedSamples}, where the plan has {spec.SamplesPerEpoch}";
            if (!IsSame(row.TrainLoss, trained.MeanLoss))
                return Invariant($"{at}: train loss {Loss(row.TrainLoss)} where the mean over the lines of steps.jsonl is {Loss(trained.MeanLoss)}");
        }
        return summary is null ? null : EpochsDifference(rows, summary);
    }

    /// <summary>What the run started from against the spec: the ledger's chain begins with what that says.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="directory">Its directory.</param>
    public static string? OriginDifference(RunSpec spec, RunDirectory directory)
    {
        if (spec.Origin is not { } origin) return null;
        if (origin.IsContinued != origin.Epochs > 0 || origin.IsContinued && origin.Version != spec.FirstVersion)
            return $"spec.json: it starts from version {origin.Version} of {origin.Epochs} epochs, which make {spec.FirstVersion} updates";
        try
        {
            StartingPoint.Of(directory, origin);
            return null;
        }
        catch (WeightsException e)
        {
            return e.Message.TrimEnd('.');
        }
    }

    /// <summary>The newest checkpoint against the spec; where it is of the version that the ledger ends with, the summary's state against it.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="ledger">Sound.</param>
    /// <param name="summary">Null while there is none.</param>
    /// <param name="checkpoint">Read before the ledger: a run that is under way writes the lines first.</param>
    public static string? CheckpointDifference(RunSpec spec, LedgerVerifierResult ledger, RunSummary? summary, RunCheckpoint checkpoint)
    {
        var name = checkpoint.Name;
        if (checkpoint.Metadata.GetValueOrDefault("run") is { } run && run != spec.Run.Value) return $"{name}: it is of run {run} where spec.json says {spec.Run}";
        if (CheckpointTensors.IsOfAnotherSpec(checkpoint.Metadata, CheckpointTensors.SpecSha256(spec))) return $"spec.json: it has changed since {name} was written";
        if (checkpoint.Tensors.Version != spec.FirstVersion + ledger.Lines) return null;
        var state = checkpoint.Metadata["stateSha256"];
        if (ledger.Last is { } last)
        {
            if (last.StateSha256 is { } hash && hash != state) return $"{name}: stateSha256 is {state} where the last line of steps.jsonl says {hash}";
            var crc = CrcOf(checkpoint.Tensors.Values);
            if (crc != last.VersionCrc) return $"{name}: the CRC-32C of parameters and buffers is {crc} where the last line of steps.jsonl says {last.VersionCrc}";
        }
        // A coordinator that failed before it could take a copy of version 0 has summed up none.
        return summary is not null && (summary.ParametersSha256.Length > 0 || ledger.Lines > 0)
            && summary.Updates == checkpoint.Tensors.Version && summary.StateSha256 != state
            ? $"summary.json: stateSha256 is {summary.StateSha256} where {name} has {state}"
            : null;
    }

    /// <summary>Whether the summary claims bits that repeat where the mode, the probe or the tally says that they don't.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="directory">Its directory.</param>
    /// <param name="summary">The run's.</param>
    /// <param name="checkpoint">The newest; null where there is none.</param>
    public static string? DeterminismDifference(RunSpec spec, RunDirectory directory, RunSummary summary, RunCheckpoint? checkpoint)
    {
        if (!summary.Deterministic) return null;
        if (!spec.Mode.IsSynchronous) return $"summary.json: it is deterministic, and the mode is {spec.Mode}";
        if (checkpoint is { Arithmetic.ProbeSha256: Arithmetic.Unrepeatable }) return $"summary.json: it is deterministic, and {checkpoint.Name} says that the probe does not repeat";
        if (!directory.Files.Exists(directory.Tally)) return null;
        try
        {
            using var tally = JsonDocument.Parse(directory.Files.ReadAllBytes(directory.Tally));
            return tally.RootElement.TryGetProperty("mixedArithmetic", out var mixed) && mixed.ValueKind == JsonValueKind.True
                ? "summary.json: it is deterministic, and tally.json says that workers of other arithmetic took part"
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)   // no JSON, or no object
        {
            return $"tally.json: it can't be read ({e.Message})";
        }
    }

    /// <summary>The weights against the summary's hash and the last line's checksum.</summary>
    /// <param name="ledger">Sound.</param>
    /// <param name="summary">The run's.</param>
    /// <param name="model">The content of <c>model.safetensors</c>; null where there is none.</param>
    /// <param name="layout">How its tensors are to be named, and lie; null where no checkpoint says so, then they lie as in the file.</param>
    public static string? ModelDifference(LedgerVerifierResult ledger, RunSummary summary, SafetensorsContent? model, ModelLayout? layout = null)
    {
        if (model is null)
            return summary.ParametersSha256.Length > 0 ? "model.safetensors: it is missing, and summary.json has a hash of its parameters" : null;
        if (layout is not null && LayoutDifference(summary, model, layout) is { } other) return other;
        // A version is its parameters, then its buffers, and float32 tensors are written in this order; counters are int64.
        var floats = layout is null
            ? model.Tensors.Where(tensor => tensor.Type == TensorType.F32)
            : layout.Parameters.Concat(layout.Buffers).Select(due => model.Tensors.First(tensor => tensor.Name == due.Name));
        float[] version = [.. floats.SelectMany(tensor => tensor.Floats.ToArray())];
        if (version.Length < summary.ParameterCount)
            return $"model.safetensors: {version.Length} float32 values where summary.json says {summary.ParameterCount} parameters";
        var hash = ParameterHash.Sha256OfFloats(version.AsSpan(0, summary.ParameterCount));
        if (hash != summary.ParametersSha256)
            return $"model.safetensors: the parameters' SHA-256 is {hash} where summary.json says {summary.ParametersSha256}";
        var crc = CrcOf(version);
        if (ledger.Last is { } last && crc != last.VersionCrc)
            return $"model.safetensors: the CRC-32C of parameters and buffers is {crc} where the last line of steps.jsonl says {last.VersionCrc}";
        var wrong = model.Tensors.FirstOrDefault(tensor => tensor.Type == TensorType.I64 && tensor.Int64s.ContainsAnyExcept(summary.Steps));
        return wrong is null ? null : $"model.safetensors: {wrong.Name} has not counted the {summary.Steps} steps that summary.json says";
    }

    /// <summary>Whether the file has the model's tensors. Values in the order of the file do not tell who bears whose name.</summary>
    private static string? LayoutDifference(RunSummary summary, SafetensorsContent model, ModelLayout layout)
    {
        if (summary.ParameterCount != layout.ParameterCount)
            return $"summary.json: parameterCount is {summary.ParameterCount} where the newest checkpoint has {layout.ParameterCount}";
        var stored = model.Tensors.ToDictionary(tensor => tensor.Name);
        var due = layout.Parameters.Concat(layout.Buffers).Select(tensor => (tensor.Name, tensor.Shape, Type: TensorType.F32))
            .Concat(layout.Counters.Select(tensor => (tensor.Name, tensor.Shape, Type: TensorType.I64)));
        foreach (var (name, shape, type) in due)
        {
            if (!stored.Remove(name, out var tensor)) return $"model.safetensors: it has no {name}, which the newest checkpoint has";
            if (tensor.Type != type || !tensor.Shape.SequenceEqual(shape))
                return $"model.safetensors: {name} is {Text(tensor.Type, tensor.Shape)} where the newest checkpoint has {Text(type, shape)}";
        }
        return stored.Count == 0 ? null : $"model.safetensors: it has {stored.Keys.First()}, which the newest checkpoint has not";
    }

    private static string Text(TensorType type, IEnumerable<long> shape) => $"{type}[{string.Join(", ", shape)}]";

    private static string CrcOf(float[] version) => Crc32C.Of(MemoryMarshal.AsBytes<float>(version)).ToString("x8", CultureInfo.InvariantCulture);

    private static string? EpochsDifference(string[] rows, RunSummary summary)
    {
        if (rows.Length != summary.Epochs.Count) return $"epochs.csv: {rows.Length} epochs where summary.json has {summary.Epochs.Count}";
        for (var i = 0; i < rows.Length; i++)
        {
            var due = summary.Epochs[i];
            if (Parse(rows[i]) != new EpochRow(due.Epoch, due.TrainLoss, due.TestLoss, due.TestAccuracy))
                return $"epochs.csv line {i + 2}: summary.json has other numbers for epoch {due.Epoch}";
        }
        var accuracy = summary.Epochs.Count > 0 ? summary.Epochs[^1].TestAccuracy : (double?)null;
        return summary.TestAccuracy == accuracy ? null : Invariant($"summary.json: test accuracy {summary.TestAccuracy} where its last epoch has {accuracy}");
    }

    private static EpochRow? Parse(string line) =>
        line.Split(',') is [var epoch, var trainLoss, var testLoss, var testAccuracy, _, _]
        && int.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && TryParse(trainLoss, out var train)
        && TryParse(testLoss, out var test)
        && TryParse(testAccuracy, out var accuracy)
            ? new EpochRow(number, train, test, accuracy)
            : null;

    private static bool TryParse(string text, out double? value)
    {
        value = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
        return value is not null || text.Length == 0;   // no update was made, or the epoch was not evaluated
    }

    private static bool IsSame(double? written, double? computed) => written is { } row && computed is { } mean
        ? Math.Abs(row - mean) <= LossTolerance * Math.Abs(mean)
        : written is null && computed is null;

    private static string Loss(double? loss) => loss is { } known ? Invariant($"{known:R}") : "none";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private readonly record struct EpochRow(int Epoch, double? TrainLoss, double? TestLoss, double? TestAccuracy);
}

/// <summary>The newest checkpoint that a run has left, which has the hashes that it states.</summary>
/// <param name="Name">Its file, as seen from the run's directory.</param>
/// <param name="Tensors">What it holds.</param>
/// <param name="Metadata">What it says of that.</param>
/// <param name="Arithmetic">The run's; null where it says nothing of it.</param>
public sealed record RunCheckpoint(string Name, CheckpointTensors Tensors, IReadOnlyDictionary<string, string> Metadata, Arithmetic? Arithmetic)
{
    /// <summary>Reads it; null where there is none, or one of an earlier build, which stated fewer hashes.</summary>
    /// <exception cref="WeightsException">It is damaged.</exception>
    public static RunCheckpoint? Newest(RunDirectory directory)
    {
        if (directory.NewestCheckpoint is not { } path) return null;
        try
        {
            var content = Safetensors.Read(directory.Files, path);
            if (!content.Metadata.ContainsKey(CheckpointTensors.HeaderHash)) return null;
            var tensors = CheckpointTensors.Read(content, path);
            var arithmetic = content.Metadata.GetValueOrDefault("arithmetic") is { } json ? JsonSerializer.Deserialize<Arithmetic>(json, Json.Compact) : null;
            return new RunCheckpoint(Path.GetRelativePath(directory.Root, path), tensors, content.Metadata, arithmetic);
        }
        catch (WeightsException) when (!directory.Files.Exists(path))
        {
            return null;   // the run is under way, and has newer ones by now
        }
        catch (JsonException e)
        {
            throw new WeightsException($"{path} is damaged: {e.Message}", e);
        }
    }
}
