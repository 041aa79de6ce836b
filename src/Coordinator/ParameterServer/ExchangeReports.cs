using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>Exchange thread → parameter server actor → coordinator actor: what happened. Local; never on the wire.</summary>
public abstract record ExchangeReport
{
    private ExchangeReport() { }

    /// <summary>A worker's data connection stands.</summary>
    /// <param name="Worker">The worker.</param>
    /// <param name="Incarnation">The coordinator that it means.</param>
    public sealed record Connected(WorkerId Worker, Incarnation Incarnation) : ExchangeReport;

    /// <summary>A worker's data connection is gone.</summary>
    /// <param name="Worker">The worker.</param>
    /// <param name="Reason">How it was found out.</param>
    public sealed record Disconnected(WorkerId Worker, string Reason) : ExchangeReport;

    /// <summary>A worker's connection stands but nothing has come over it for too long: it hangs, or the line does.</summary>
    /// <param name="Worker">The worker.</param>
    /// <param name="Silence">Since its last byte.</param>
    public sealed record Silent(WorkerId Worker, TimeSpan Silence) : ExchangeReport;

    /// <summary>A silent worker was heard again.</summary>
    /// <param name="Worker">The worker.</param>
    public sealed record Heard(WorkerId Worker) : ExchangeReport;

    /// <summary>A worker beats and answers nothing: it was asked for something and has owed it for too long.</summary>
    /// <param name="Worker">The worker.</param>
    /// <param name="Work">What is under way: "step 41".</param>
    /// <param name="Owed">For how long it has answered nothing.</param>
    public sealed record Stuck(WorkerId Worker, string Work, TimeSpan Owed) : ExchangeReport;

    /// <summary>A slot is late and was also given to an idle worker.</summary>
    /// <param name="Straggler">Who has it.</param>
    /// <param name="Backup">Who computes it too.</param>
    /// <param name="Step">The open step.</param>
    /// <param name="Slot">0-based.</param>
    /// <param name="Open">How long the step has been open.</param>
    public sealed record BackedUp(WorkerId Straggler, WorkerId Backup, long Step, int Slot, TimeSpan Open) : ExchangeReport;

    /// <summary>Version 0 is there.</summary>
    /// <param name="Worker">Whose copy won.</param>
    /// <param name="Layout">The model's.</param>
    /// <param name="Sha256">Of parameters and buffers.</param>
    public sealed record ModelReady(WorkerId Worker, ModelLayout Layout, string Sha256) : ExchangeReport;

    /// <summary>Steps were committed; sent a few times a second.</summary>
    /// <param name="Epoch">1-based.</param>
    /// <param name="StepsInEpoch">Steps of this epoch that are committed.</param>
    /// <param name="Samples">Samples of this epoch that are applied.</param>
    /// <param name="MeanLoss">Over these samples; null where there are none.</param>
    /// <param name="Elapsed">Time that these steps took: with what an earlier coordinator trained of the epoch, without pauses.</param>
    public sealed record Advanced(int Epoch, int StepsInEpoch, long Samples, double? MeanLoss, TimeSpan Elapsed) : ExchangeReport;

    /// <summary>The goodbyes are said; nothing is sent or received any more.</summary>
    public sealed record Closed : ExchangeReport;

    /// <summary>All steps of an epoch are committed.</summary>
    /// <param name="Epoch">1-based.</param>
    /// <param name="Samples">Samples applied.</param>
    /// <param name="MeanLoss">Mean over the samples of the loss before each step; null where every step was left out.</param>
    /// <param name="Elapsed">From opening the first step to committing the last.</param>
    public sealed record EpochTrained(int Epoch, long Samples, double? MeanLoss, TimeSpan Elapsed) : ExchangeReport;

    /// <summary>An evaluation is complete.</summary>
    /// <param name="Version">Of the parameters.</param>
    /// <param name="Samples">Test samples.</param>
    /// <param name="MeanLoss">Over these.</param>
    /// <param name="CorrectCount">Of these.</param>
    public sealed record Evaluated(long Version, int Samples, double MeanLoss, int CorrectCount) : ExchangeReport;

    /// <summary>The final version was copied out, on request.</summary>
    /// <param name="Model">It.</param>
    public sealed record Snapshot(ModelSnapshot Model) : ExchangeReport;

    /// <summary>An update was left out because it was not finite.</summary>
    /// <param name="What">Step, slot and worker.</param>
    public sealed record Skipped(string What) : ExchangeReport;

    /// <summary>The run can't go on.</summary>
    /// <param name="Reason">One line.</param>
    public sealed record Broken(string Reason) : ExchangeReport;
}

/// <summary>One update, for the ledger: a synchronous step, or a slot that was applied on arrival.</summary>
/// <param name="Epoch">1-based.</param>
/// <param name="StepInEpoch">0-based.</param>
/// <param name="Step">1-based over the run; also the version it made. In asynchronous modes the update's number.</param>
/// <param name="Generation">Of the assignment at its commit.</param>
/// <param name="MeanLoss">Over its samples, before the update.</param>
/// <param name="CorrectCount">Of its samples, before the update.</param>
/// <param name="Update">Norm and learning rate.</param>
/// <param name="Elapsed">From opening (in asynchronous modes: from dealing) to commit: what is left of it after the last slot was in is averaging and update.</param>
/// <param name="Slots">What came from each slot, in slot order.</param>
/// <param name="Skipped">What was not finite, where the update was left out; the version is then the one before under a new number.</param>
public sealed record CommittedStep(
    int Epoch, int StepInEpoch, long Step, Generation Generation, double MeanLoss, int CorrectCount, StepUpdate Update,
    TimeSpan Elapsed, IReadOnlyList<CommittedSlot> Slots, string? Skipped = null)
{
    /// <summary>CRC-32C of the version it made, as it travels; see <see cref="ExchangeCore.Summed"/>.</summary>
    public uint VersionCrc { get; init; }

    /// <summary>SHA-256 of that version with the optimizer's state; every <see cref="Training.StateHashUpdates"/> updates, else null.</summary>
    public string? StateSha256 { get; init; }
}

/// <summary>One slot of a committed step.</summary>
/// <param name="Worker">Whose gradient was taken.</param>
/// <param name="Samples">Its samples.</param>
/// <param name="SampleCrc">CRC-32C of the bytes it consumed.</param>
/// <param name="ComputeMicroseconds">As the worker measured it.</param>
/// <param name="Arrived">From opening (in asynchronous modes: from dealing) until its gradient was in.</param>
/// <param name="Arrival">Which slot it is, where it made an update of its own; null in a synchronous run.</param>
public readonly record struct CommittedSlot(
    WorkerId Worker, int Samples, uint SampleCrc, int ComputeMicroseconds, TimeSpan Arrived, SlotArrival? Arrival = null);

/// <summary>Which slot of the plan was applied on arrival.</summary>
/// <param name="Step">Of the plan, 1-based over the run.</param>
/// <param name="Slot">0-based.</param>
/// <param name="FromVersion">The version it was computed from.</param>
public readonly record struct SlotArrival(long Step, int Slot, long FromVersion);
