using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Launcher.Commands;

/// <summary>
/// <c>verify</c>: holds what a run has left against its spec and the dataset. Says what was checked and <c>verified</c>, or the
/// first difference in one line.
/// </summary>
public static class VerifyCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var run = Flag.PathArgument("run-dir", "the directory that the run has left");
        var data = Flag.Path("--data", "directory of the datasets [the user's cache, fetched into where need be]", "DIR");
        var command = new Command("verify", "Checks a run's ledger, samples, epochs and weights against its spec and the dataset.") { run, data };
        command.SetAction(parsed => Verify(new RunDirectory(parsed.GetValue(run)!), parsed.GetValue(data)));
        return command;
    }

    private static void Verify(RunDirectory directory, string? data)
    {
        var watch = Stopwatch.StartNew();
        var spec = directory.ReadSpec();
        var train = Load(spec, data);
        // Before the ledger: a run that is under way writes these after the lines that they are of.
        var summary = directory.ReadSummary();
        var csv = File.Exists(directory.Epochs) ? File.ReadAllText(directory.Epochs) : "";
        var checkpoint = RunCheckpoint.Newest(directory);

        var ledger = ReadLedger(directory, spec, train);
        Require(ledger.Difference);
        Require(RunVerifier.OriginDifference(spec, directory));
        if (checkpoint is not null) Require(RunVerifier.CheckpointDifference(spec, ledger, summary, checkpoint));
        if (summary is not null)
        {
            Require(RunVerifier.SummaryDifference(spec, ledger, summary));
            Require(RunVerifier.DeterminismDifference(spec, directory, summary, checkpoint));
            Require(RunVerifier.EpochsDifference(spec, ledger, csv, summary));
            Require(RunVerifier.ModelDifference(ledger, summary, File.Exists(directory.Model) ? Safetensors.Read(directory.Model) : null, checkpoint?.Tensors.Layout));
        }
        else
        {
            Require(RunVerifier.EpochsDifference(spec, ledger, csv, summary: null));
        }
        Report(spec, ledger, summary, checkpoint, watch.Elapsed);
    }

    private static SampleSet Load(RunSpec spec, string? data)
    {
        var description = WorkloadCatalog.Get(spec.Workload).Data;
        if (spec.DatasetSha256 != description.Sha256)
            throw new UserErrorException($"spec.json: datasetSha256 is {spec.DatasetSha256}, and {description.Name} is {description.Sha256}");
        var directory = description.Locate(data, line => Console.Error.WriteLine($"minibatch: {line}"));
        return description.Load(directory, limitTest: 1).Train;
    }

    private static LedgerVerifierResult ReadLedger(RunDirectory directory, RunSpec spec, SampleSet train)
    {
        try
        {
            using var steps = new FileStream(directory.Ledger, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return LedgerVerifier.Verify(spec, train, steps);
        }
        catch (FileNotFoundException e)
        {
            throw new UserErrorException($"steps.jsonl: {directory.Root} has none", cause: e);
        }
    }

    private static void Require(string? difference)
    {
        if (difference is not null) throw new UserErrorException(difference);
    }

    private static void Report(RunSpec spec, LedgerVerifierResult ledger, RunSummary? summary, RunCheckpoint? checkpoint, TimeSpan elapsed)
    {
        var complete = ledger.Epochs.Count(epoch => epoch.IsComplete);
        Say("steps.jsonl", $"{ledger.Lines:N0} lines, {ledger.Bytes:N0} bytes: the chain of hashes holds");
        var epochs = spec.Epochs - spec.EpochsBefore;
        var planned = epochs * spec.UpdatesPerEpoch;
        if (spec.Origin is { IsContinued: true } run)
            Say("origin", $"{run}, state sha256 {run.StateSha256}: epochs 1 to {run.Epochs} are that run's, and the chain begins with it");
        else if (spec.Origin is { } weights)
            Say("origin", $"{weights}, sha256 {weights.WeightsSha256}: version 0, and the chain begins with them");
        if (spec.Mode.IsSynchronous)
            Say("steps", $"{ledger.Lines:N0} of {planned:N0}, {complete:N0} of {epochs:N0} epochs complete, each step once and in order");
        else
            Say("updates", $"{ledger.Lines:N0} of {planned:N0}, {complete:N0} of {epochs:N0} epochs complete, each slot of the plan once, as fresh as {spec.Mode} asks for");
        Say("samples", $"{ledger.Samples:N0}, {ledger.SampleBytes:N0} bytes summed again: those of the plan, each once an epoch");
        if (checkpoint?.Metadata.ContainsKey(CheckpointTensors.SpecHash) == true)
            Say("checkpoint", $"version {checkpoint.Tensors.Version:N0}, the newest: whole, and written under this spec");
        if (ledger.SkippedSamples > 0) Say("left out", $"{ledger.SkippedSamples:N0} samples, whose gradients were not finite");
        if (summary is not null)
        {
            Say("epochs.csv", $"{summary.Epochs.Count:N0} of {epochs:N0} epochs: the ledger's mean losses, the summary's numbers");
            if (spec.EpochsBefore == 0) Say("summary.json", $"{summary.Outcome} after {summary.Steps:N0} steps, as the ledger");
            else Say("summary.json", $"{summary.Outcome} after {summary.Steps:N0} steps, those of the ledger and the {spec.EpochsBefore * spec.StepsPerEpoch:N0} before it");
            if (summary.ParametersSha256.Length > 0)
                Say("model", $"{summary.ParameterCount:N0} parameters, sha256 {summary.ParametersSha256}: the version that the ledger ends with");
        }
        else
        {
            Say("summary.json", $"there is none: the run is under way, or was killed; verified is what there is");
            if (ledger.Torn) Say("torn", $"line {ledger.Lines + 1:N0} was not written to its end, as a run leaves it that is killed or under way");
        }
        Say("time", $"{elapsed.TotalSeconds:F2} s");
        Console.WriteLine("verified");
    }

    private static void Say(string what, FormattableString figures) =>
        Console.WriteLine($"{what,-13}  {figures.ToString(CultureInfo.InvariantCulture)}");
}
