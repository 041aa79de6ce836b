using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.TrainedModels.Reports;

/// <summary>All that the page of a run says, gathered from what the run has left.</summary>
public sealed record RunReport
{
    /// <summary>Steps whose timeline is drawn.</summary>
    public const int TimelineSteps = 20;

    /// <summary>What was asked for.</summary>
    public required RunSpec Spec { get; init; }

    /// <summary>How far it came.</summary>
    public required ReportedProgress Progress { get; init; }

    /// <summary>What came of it; null of a run that has not ended, or was killed.</summary>
    public required RunSummary? Summary { get; init; }

    /// <summary>What was trained.</summary>
    public required Workload Workload { get; init; }

    /// <summary>The ledger.</summary>
    public required LedgerDigest Ledger { get; init; }

    /// <summary>What the processes warned of.</summary>
    public required Warnings Warnings { get; init; }

    /// <summary>What the model makes of the test samples.</summary>
    public required ModelFindings Model { get; init; }

    /// <summary>Reads a run: one that has ended, however it has, or as far as it is.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="data">Directory of the datasets; null for the usual places.</param>
    /// <param name="say">Gets a line where a dataset must be fetched.</param>
    /// <exception cref="UserErrorException">There is no run, or what it left is damaged.</exception>
    public static RunReport Read(RunDirectory directory, string? data, Action<string> say)
    {
        var spec = directory.ReadSpec();
        var summary = directory.ReadSummary();
        var ledger = ReadLedger(directory, spec.Origin, TimelineSteps * spec.Mode.UpdatesPerStep(spec.Slots));
        return new RunReport
        {
            Spec = spec,
            Progress = summary is null ? ReportedProgress.OfUnfinished(directory, spec, ledger) : ReportedProgress.Of(summary),
            Summary = summary,
            Workload = WorkloadCatalog.Get(spec.Workload),
            Ledger = ledger,
            Warnings = Warnings.Read(directory.Logs),
            Model = ModelFindings.Of(directory, spec, data, say),
        };
    }

    private static LedgerDigest ReadLedger(RunDirectory directory, RunOrigin? origin, int lastCount)
    {
        try
        {
            return LedgerDigest.Of(File.Exists(directory.Ledger) ? LedgerLines.Read(directory.Ledger, origin) : [], lastCount);
        }
        catch (LedgerException e)
        {
            throw new UserErrorException($"{e.Message}; ./cluster verify {directory.Root} says more", cause: e);
        }
    }
}
