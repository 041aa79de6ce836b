using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using MiniBatch.Simulation.Faults;
using MiniBatch.Simulation.Scheduling;

namespace MiniBatch.Simulation.Checks;

/// <summary>What a completed run has left on the disk is what its last coordinator applied.</summary>
internal static class DiskChecks
{
    /// <param name="schedule">What was simulated.</param>
    /// <param name="checks">What was seen of it.</param>
    /// <param name="directory">The run's.</param>
    /// <param name="history">Of the coordinator that completed the run.</param>
    /// <param name="isDisturbed">Whether there was more than one.</param>
    /// <exception cref="InvariantException">It is not.</exception>
    public static void RequireComplete(Schedule schedule, RunChecks checks, RunDirectory directory, RunHistory history, bool isDisturbed)
    {
        // A later coordinator has started on the directory meanwhile: it is that one's to complete.
        if (directory.Files.Exists(Path.Combine(directory.Incarnations, $"{history.Incarnation.Value + 1}"))) return;
        var spec = schedule.Spec;
        var updates = spec.Epochs * spec.UpdatesPerEpoch;
        Require(history.Version == updates, $"the run is complete at version {history.Version} of {updates}");
        var final = history.Oracle.At(updates);
        var summary = directory.ReadSummary() ?? throw new InvariantException("the run is complete and has no summary");
        Require(summary.ParametersSha256 == ParameterHash.Sha256OfFloats(final.AsSpan(0, schedule.Layout.ParameterCount)), "the summary has the hash of other parameters than the oracle's");
        Require(summary.StateSha256 == history.Oracle.StateSha256(), "the summary has the hash of another state of the optimizer than the oracle's");
        Require(summary.Epochs.Select(epoch => epoch.Epoch).SequenceEqual(Enumerable.Range(1, spec.Epochs)), "the summary has other epochs than the run's");
        if (spec.Mode.IsSynchronous)
        {
            foreach (var epoch in summary.Epochs)
                Require((epoch.TrainLoss, epoch.TestLoss) == checks.LossesOf(epoch.Epoch), $"the summary has other losses of epoch {epoch.Epoch} than the run had");
        }
        RequireEpochs(directory, summary);
        // One that was replaced in the middle of writing it may leave it behind: nobody looks at it any more.
        Require(!directory.Files.Exists(directory.Discarded) || schedule.Faults.Any(fault => fault.Kind == FaultKind.CoordinatorReplaced), "steps that were discarded are still to be computed again");
        var tensors = Safetensors.Read(directory.Files, directory.Model).Tensors.Where(tensor => tensor.Type == TensorType.F32).SelectMany(tensor => tensor.Floats.ToArray());
        Require(tensors.SequenceEqual(final), "model.safetensors has other values than the oracle's");
        // Reading it takes as long as the run. One that a single coordinator wrote is looked at now and then.
        if (isDisturbed || schedule.Seed % 16 == 0) RequireLedger(directory, history, updates);
    }

    /// <summary>epochs.csv says what the summary does.</summary>
    private static void RequireEpochs(RunDirectory directory, RunSummary summary)
    {
        var lines = Encoding.UTF8.GetString(directory.Files.ReadAllBytes(directory.Epochs)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Require(lines.Length == 1 + summary.Epochs.Count, $"epochs.csv has {lines.Length - 1} epochs, and the summary {summary.Epochs.Count}");
        foreach (var (line, epoch) in lines.Skip(1).Zip(summary.Epochs))
            Require(line.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{epoch.Epoch},{epoch.TrainLoss:R},{epoch.TestLoss:R},"), StringComparison.Ordinal), $"epochs.csv says of epoch {epoch.Epoch}: {line}");
    }

    private static void RequireLedger(RunDirectory directory, RunHistory history, long updates)
    {
        var rest = directory.Files.ReadAllBytes(directory.Ledger).AsSpan();
        var chain = LedgerCodec.ChainStart;
        for (var step = 1; step <= updates; step++)
        {
            var end = rest.IndexOf((byte)'\n');
            Require(end >= 0, $"the ledger ends before step {step}");
            LedgerLine line;
            try
            {
                (line, chain) = LedgerCodec.Read(rest[..end], chain);
            }
            catch (LedgerException e)
            {
                throw new InvariantException($"the ledger's line {step}: {e.Message}");
            }
            Require(line.Step == step, $"the ledger's line {step} is step {line.Step}");
            var crc = Crc32C.Of(MemoryMarshal.AsBytes<float>(history.Oracle.At(step))).ToString("x8", CultureInfo.InvariantCulture);
            Require(line.StateSha256 == history.Oracle.StateSha256(step), $"the ledger's line {step} has another state of the optimizer than the oracle");
            Require(line.VersionCrc == crc, $"the ledger's line {step} is of another version than the oracle's");
            rest = rest[(end + 1)..];
        }
        Require(rest.IsEmpty, "the ledger has more lines than the run steps");
    }

    private static void Require(bool isSo, string otherwise)
    {
        if (!isSo) throw new InvariantException(otherwise);
    }
}
