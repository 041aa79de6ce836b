using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Protocol;

/// <summary>What travels between coordinator and worker actors over Akka.Remote: small, rare, explicit.</summary>
public interface IControlMessage;

/// <summary>Worker → coordinator: asks to take part. Sent until answered.</summary>
/// <param name="Worker">The worker; a repeated registration is answered anew and changes nothing.</param>
/// <param name="ProgramVersion">Version of the worker's program; another than the coordinator's is refused.</param>
/// <param name="Device">What it computes on, with name and memory.</param>
/// <param name="CpuCapability">The widest instruction set the worker's processor has.</param>
/// <param name="ProcessId">For people and logs.</param>
/// <remarks>At least once; idempotent by Worker. Replies: <see cref="WorkerAdmitted"/>, <see cref="WorkerRefused"/>
/// or <see cref="RunEnded"/>.</remarks>
public sealed record RegisterWorker(
    WorkerId Worker, string ProgramVersion, ComputeDevice Device, CpuCapability CpuCapability, int ProcessId) : IControlMessage;

/// <summary>Coordinator → worker: you may take part. The worker loads data and model, connects, reports prepared.</summary>
/// <param name="Worker">Whom it is for.</param>
/// <param name="Incarnation">The coordinator's; names the data-plane session.</param>
/// <param name="SpecJson">The <see cref="RunSpec"/>, as JSON.</param>
/// <param name="DataPort">TCP port of the data plane, on the coordinator's host name.</param>
/// <param name="DataSocketPath">Path of the data plane's Unix socket; taken where it exists, empty where there is none.</param>
/// <remarks>At least once; idempotent by (Worker, Incarnation). Reply: <see cref="WorkerPrepared"/>.</remarks>
public sealed record WorkerAdmitted(
    WorkerId Worker, Incarnation Incarnation, string SpecJson, int DataPort, string DataSocketPath) : IControlMessage;

/// <summary>Worker → coordinator: data and model are loaded and the data connection stands.</summary>
/// <param name="Worker">The sender.</param>
/// <param name="Incarnation">The coordinator it prepared for; any other is ignored.</param>
/// <param name="DatasetSha256">Identity of the files that it loaded; another than the run's is refused.</param>
/// <param name="Arithmetic">What it makes of the run's seed and of its probe slot; another than the run's is refused.</param>
/// <remarks>At least once; idempotent by (Worker, Incarnation). Replies: none, or <see cref="WorkerRefused"/>.</remarks>
public sealed record WorkerPrepared(
    WorkerId Worker, Incarnation Incarnation, string DatasetSha256, Arithmetic Arithmetic) : IControlMessage;

/// <summary>Coordinator → worker: you can't take part. The worker ends with the reason.</summary>
/// <param name="Worker">Whom it is for.</param>
/// <param name="Refusal">Which rule.</param>
/// <param name="Reason">One line for people, with the mend.</param>
public sealed record WorkerRefused(WorkerId Worker, Refusal Refusal, string Reason) : IControlMessage;

/// <summary>Worker → coordinator: I can't go on (no data, a kernel failed). The coordinator gives its slots to others.</summary>
/// <param name="Worker">The sender, which ends after this.</param>
/// <param name="Reason">One line for people.</param>
/// <remarks>At most once; a lost one is found by the broken connection.</remarks>
public sealed record WorkerFailed(WorkerId Worker, string Reason) : IControlMessage;

/// <summary>Worker → coordinator: I was asked to stop. The coordinator gives its slots to others, and closes the connection.</summary>
/// <param name="Worker">The sender, which computes on until then.</param>
/// <param name="Reason">One line for people.</param>
/// <remarks>At most once; a lost one is found by the broken connection. Reply: a goodbye on the data connection.</remarks>
public sealed record WorkerLeaving(WorkerId Worker, string Reason) : IControlMessage;

/// <summary>Coordinator → worker: this coordinator is done.</summary>
/// <param name="Worker">Whom it is for: one that was captured ends no other session.</param>
/// <param name="Ending">How, and so what the worker does now.</param>
/// <param name="Reason">One line for people.</param>
public sealed record RunEnded(WorkerId Worker, RunEnding Ending, string Reason) : IControlMessage;

/// <summary>Why a worker is refused.</summary>
public enum Refusal : byte
{
    /// <summary>The worker runs another version of the program.</summary>
    OtherVersion = 1,

    /// <summary>The worker loaded other data than the run's.</summary>
    OtherDataset = 2,

    /// <summary>The worker's processor lacks the instruction set that the run is held to.</summary>
    MissingCpuCapability = 3,

    /// <summary>A worker of that name is connected already.</summary>
    NameTaken = 4,

    /// <summary>The worker computes other bits than the run's first worker: another libtorch build, or processor.</summary>
    OtherArithmetic = 5,

    /// <summary>The worker beat and answered nothing for too long: its computation is stuck, and only a new process helps.</summary>
    Stuck = 6,
}
