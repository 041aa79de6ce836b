using System.Text.Json.Serialization;

namespace MiniBatch.Shared.Runs;

/// <summary>
/// What a run started from, where that is not the version 0 that its seed gives: where a completed run ended, or weights from a
/// file. Part of the <see cref="RunSpec"/>, and by that of the ledger: its chain begins with this record's hash. The values are in
/// the run's own directory (<see cref="RunDirectory.Origin"/>).
/// </summary>
public sealed record RunOrigin
{
    /// <summary>The run that made the values; null where another program did.</summary>
    public string? Run { get; init; }

    /// <summary>Updates that made them; null where that is not known.</summary>
    public long? Version { get; init; }

    /// <summary>Epochs of that run which count as this run's, with their steps; 0 where only weights were taken.</summary>
    public int Epochs { get; init; }

    /// <summary>Of a completed run that is gone on with: SHA-256 of parameters, buffers and optimizer state, as its summary has it.</summary>
    public string? StateSha256 { get; init; }

    /// <summary>Of weights: SHA-256 of the float32 tensors in the order of their names.</summary>
    public string? WeightsSha256 { get; init; }

    /// <summary>Whether a completed run is gone on with, its optimizer state included; else only weights were taken.</summary>
    [JsonIgnore]
    public bool IsContinued => StateSha256 is not null;

    /// <inheritdoc />
    public override string ToString() => IsContinued
        ? $"version {Version} of run {Run}"
        : $"weights {Arithmetic.Short(WeightsSha256 ?? "")}" + (Run is null ? "" : $" of run {Run}");
}
