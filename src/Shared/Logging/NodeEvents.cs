using System.Reflection;
using Serilog.Events;
using static Serilog.Events.LogEventLevel;

namespace MiniBatch.Shared.Logging;

/// <summary>
/// Every event that our programs log. To add one, write a line here, with the next number of its source, and its line into the
/// table of <c>docs/LOGS.md</c>; a number or a name that was given is never given to another.
/// </summary>
public static class NodeEvents
{
    public static readonly NodeEvent Configured = new(1, "configured", LogSource.Node, Information, "the configuration in effect, without secrets; once a process", ForMachines: true);
    public static readonly NodeEvent EngineChosen = new(2, "engine-chosen", LogSource.Node, Information, "which Akka.NET this program runs on");
    public static readonly NodeEvent LogLinesLost = new(3, "log-lines-lost", LogSource.Node, Warning, "so many lines before this one could not be written to the log file");
    public static readonly NodeEvent ProcessFailed = new(4, "process-failed", LogSource.Node, Error, "the process ends with this error; standard error has it as its last line", ForMachines: true);
    public static readonly NodeEvent Staying = new(5, "staying", LogSource.Node, Information, "the run is complete, and the process stays until SIGTERM, as it was told");
    public static readonly NodeEvent MonitoringOpened = new(6, "monitoring-opened", LogSource.Node, Information, "health and metrics are served over HTTP");
    public static readonly NodeEvent HostSaid = new(7, "host-said", LogSource.Node, Warning, "what .NET's host or its web server says; the program says in its own words what somebody can mend", ForMachines: true);
    public static readonly NodeEvent CertificateExpires = new(8, "certificate-expires", LogSource.Node, Warning, "this node's TLS certificate expires soon, or has; said once a day");
    public static readonly NodeEvent CertificateNotRead = new(9, "certificate-not-read", LogSource.Node, Warning, "the files of TLS have changed and can't be used; what they held before stays in use");
    public static readonly NodeEvent CertificateRefused = new(10, "certificate-refused", LogSource.Node, Warning, "who showed this certificate is no node of this cluster; said once for each address and reason");
    public static readonly NodeEvent TrafficNotEncrypted = new(11, "traffic-not-encrypted", LogSource.Node, Warning, "the node listens for other machines, and what goes between them is not encrypted");

    public static readonly NodeEvent RunOpened = new(100, "run-opened", LogSource.Coordinator, Information, "a coordinator has opened a run, and says what it is");
    public static readonly NodeEvent Listening = new(101, "listening", LogSource.Coordinator, Information, "the coordinator listens, and workers can join");
    public static readonly NodeEvent RunResumed = new(102, "run-resumed", LogSource.Coordinator, Information, "the coordinator goes on with a run from a checkpoint");
    public static readonly NodeEvent RunBegunAgain = new(103, "run-begun-again", LogSource.Coordinator, Information, "the run to go on with had no checkpoint yet and begins anew");
    public static readonly NodeEvent StepsRedone = new(104, "steps-redone", LogSource.Coordinator, Information, "steps after the checkpoint are computed again and compared with the ledger");
    public static readonly NodeEvent InitialisingStarted = new(105, "initialising-started", LogSource.Coordinator, Information, "enough workers are ready; one makes the first parameters");
    public static readonly NodeEvent WorkersMissing = new(106, "workers-missing", LogSource.Coordinator, Warning, "fewer workers came in time than were expected; the run starts with these");
    public static readonly NodeEvent EpochStarted = new(107, "epoch-started", LogSource.Coordinator, Debug, "an epoch begins");
    public static readonly NodeEvent EvaluationStarted = new(108, "evaluation-started", LogSource.Coordinator, Debug, "an epoch is trained, its evaluation begins");
    public static readonly NodeEvent EpochCompleted = new(109, "epoch-completed", LogSource.Coordinator, Debug, "an epoch is over");
    public static readonly NodeEvent EpochMeasured = new(110, "epoch-measured", LogSource.Coordinator, Information, "losses, accuracy and rate of an epoch that was evaluated", ForMachines: true);
    public static readonly NodeEvent Progress = new(111, "progress", LogSource.Coordinator, Information, "how far the run is; every ten seconds while it trains", ForMachines: true);
    public static readonly NodeEvent RunCompleted = new(112, "run-completed", LogSource.Coordinator, Information, "all epochs are trained");
    public static readonly NodeEvent RunFailed = new(113, "run-failed", LogSource.Coordinator, Error, "the run can't go on, for this reason", ForMachines: true);
    public static readonly NodeEvent RunStopped = new(114, "run-stopped", LogSource.Coordinator, Information, "somebody asked the run to stop; it can be gone on with");
    public static readonly NodeEvent RunSummarised = new(115, "run-summarised", LogSource.Coordinator, Information, "the run is over and written down: outcome, accuracy, faults, hashes", ForMachines: true);
    public static readonly NodeEvent OriginTaken = new(116, "origin-taken", LogSource.Coordinator, Information, "the run starts from weights that were named, or where another run ended");
    public static readonly NodeEvent PaceAsked = new(117, "pace-asked", LogSource.Coordinator, Information, "somebody paused the run on the live page, took a single step, or changed its pace");

    public static readonly NodeEvent WorkerAdmitted = new(200, "worker-admitted", LogSource.Membership, Debug, "a worker may take part and loads data and model");
    public static readonly NodeEvent WorkerRefused = new(201, "worker-refused", LogSource.Membership, Warning, "a worker may not take part, for this reason");
    public static readonly NodeEvent WorkerDismissed = new(202, "worker-dismissed", LogSource.Membership, Warning, "the data connection of a worker that may not take part is closed");
    public static readonly NodeEvent WorkerReady = new(203, "worker-ready", LogSource.Membership, Information, "a worker has loaded everything and is connected: it takes part, for the first time or again");
    public static readonly NodeEvent WorkerLost = new(204, "worker-lost", LogSource.Membership, Warning, "the data connection of a worker broke; others get its slots");
    public static readonly NodeEvent WorkerSilent = new(205, "worker-silent", LogSource.Membership, Warning, "a worker's connection stands and nothing comes over it; others get its slots");
    public static readonly NodeEvent WorkerHeard = new(206, "worker-heard", LogSource.Membership, Information, "a silent worker is heard again and takes part");
    public static readonly NodeEvent WorkerStuck = new(207, "worker-stuck", LogSource.Membership, Warning, "a worker beats and answers nothing; it is to be replaced");
    public static readonly NodeEvent WorkerFailed = new(208, "worker-failed", LogSource.Membership, Warning, "a worker says that it can't compute");
    public static readonly NodeEvent GenerationRaised = new(209, "generation-raised", LogSource.Membership, Information, "slots are dealt anew over those who take part now");
    public static readonly NodeEvent SparesStandBy = new(210, "spares-stand-by", LogSource.Membership, Information, "there are more workers than slots at a time");
    public static readonly NodeEvent ArithmeticSettled = new(211, "arithmetic-settled", LogSource.Membership, Debug, "the first worker's arithmetic is the run's");
    public static readonly NodeEvent ArithmeticUnrepeatable = new(212, "arithmetic-unrepeatable", LogSource.Membership, Warning, "a worker's own arithmetic does not repeat: the run is not deterministic");
    public static readonly NodeEvent ArithmeticMixed = new(213, "arithmetic-mixed", LogSource.Membership, Warning, "a worker of other arithmetic takes part, as was allowed: the run is not deterministic");
    public static readonly NodeEvent WorkerLeaves = new(214, "worker-leaves", LogSource.Membership, Information, "a worker was asked to stop; others get its slots");
    public static readonly NodeEvent WorkerReleased = new(215, "worker-released", LogSource.Membership, Debug, "a worker that leaves may go");

    public static readonly NodeEvent SlotLate = new(300, "slot-late", LogSource.ParameterServer, Warning, "a slot is late and an idle worker computes it too; a worker's first time, its others are debug events");
    public static readonly NodeEvent UpdateSkipped = new(301, "update-skipped", LogSource.ParameterServer, Warning, "a gradient or loss was not finite, and its update is left out");
    public static readonly NodeEvent ExchangeFailed = new(302, "exchange-failed", LogSource.ParameterServer, Error, "the exchange thread broke, and the run with it: a defect");

    public static readonly NodeEvent ConnectionClosed = new(400, "connection-closed", LogSource.DataPlane, Warning, "a worker sent what no worker of ours sends; its connection is closed");
    public static readonly NodeEvent ConnectionRefused = new(401, "connection-refused", LogSource.DataPlane, Warning, "somebody connected who did not prove to belong here; the same again is a debug event");
    public static readonly NodeEvent AcceptFailed = new(402, "accept-failed", LogSource.DataPlane, Warning, "the operating system can't accept a connection now; it is tried again");
    public static readonly NodeEvent LocalSocketMissing = new(403, "local-socket-missing", LogSource.DataPlane, Information, "there is no Unix socket, workers of this machine take TCP too");

    public static readonly NodeEvent CheckpointWritten = new(500, "checkpoint-written", LogSource.Recording, Debug, "a version to go on from is on the disk");
    public static readonly NodeEvent CheckpointDamaged = new(501, "checkpoint-damaged", LogSource.Recording, Warning, "a checkpoint is damaged, the one before it is taken");
    public static readonly NodeEvent TensorBoardFailed = new(502, "tensor-board-failed", LogSource.Recording, Warning, "TensorBoard's event file can't be written; the run goes on without it");

    public static readonly NodeEvent TrainerStatusRefused = new(503, "trainer-status-refused", LogSource.Recording, Warning, "Kubeflow Trainer did not take how far the run is; the run goes on, and the next report is tried; said again once one was taken");
    public static readonly NodeEvent RecordingBehind = new(504, "recording-behind", LogSource.Recording, Warning, "the disk takes less than is trained; no step is begun until it has caught up");
    public static readonly NodeEvent RecordingCaughtUp = new(505, "recording-caught-up", LogSource.Recording, Information, "the disk has caught up and the training goes on");

    public static readonly NodeEvent DeviceChosen = new(600, "device-chosen", LogSource.Worker, Information, "what the worker computes on");
    public static readonly NodeEvent Joining = new(601, "joining", LogSource.Worker, Information, "the worker joins a coordinator's cluster");
    public static readonly NodeEvent Registering = new(602, "registering", LogSource.Worker, Debug, "the worker asks to take part");
    public static readonly NodeEvent Preparing = new(603, "preparing", LogSource.Worker, Debug, "the worker was admitted and loads data and model");
    public static readonly NodeEvent Prepared = new(604, "prepared", LogSource.Worker, Debug, "the worker tells the coordinator that it is ready");
    public static readonly NodeEvent ConnectionLost = new(605, "connection-lost", LogSource.Worker, Warning, "the worker's data connection broke, or could not be made");
    public static readonly NodeEvent LeavingToRejoin = new(606, "leaving-to-rejoin", LogSource.Worker, Debug, "the worker leaves its cluster behind, to look for the coordinator anew");
    public static readonly NodeEvent JoiningAnew = new(607, "joining-anew", LogSource.Worker, Information, "the worker waits a moment and joins anew");
    public static readonly NodeEvent CannotCompute = new(608, "cannot-compute", LogSource.Worker, Debug, "the worker can't go on and tells the coordinator; it ends with this reason");
    public static readonly NodeEvent TakingPartEnded = new(609, "taking-part-ended", LogSource.Worker, Debug, "the worker's part in the run is over");
    public static readonly NodeEvent WorkerDone = new(610, "worker-done", LogSource.Worker, Information, "the run is trained to its end, and the worker's work is done");
    public static readonly NodeEvent HandingSlotsBack = new(611, "handing-slots-back", LogSource.Worker, Debug, "the worker was asked to stop and tells the coordinator");
    public static readonly NodeEvent AddressUnknown = new(612, "address-unknown", LogSource.Worker, Information, "the coordinator's name stands for no address yet; the worker goes on asking");
    public static readonly NodeEvent WorkerStopped = new(613, "worker-stopped", LogSource.Worker, Information, "the worker was asked to stop, and ends");
    public static readonly NodeEvent DataConnected = new(614, "data-connected", LogSource.Worker, Debug, "the worker's data connection stands, by shared memory, a Unix socket or TCP");
    public static readonly NodeEvent SharedMemoryMissing = new(615, "shared-memory-missing", LogSource.Worker, Information, "the worker is on the coordinator's machine, and they can't share memory; the Unix socket is taken");

    public static readonly NodeEvent TensorsChosen = new(700, "tensors-chosen", LogSource.Compute, Information, "which TorchSharp, libtorch, device and kernels the worker computes with");
    public static readonly NodeEvent KernelsNotPinned = new(701, "kernels-not-pinned", LogSource.Compute, Warning, "a GPU's convolutions can't be held to one order of adding, or MKL's kernels not to one arithmetic");
    public static readonly NodeEvent ComputeFailed = new(702, "compute-failed", LogSource.Compute, Error, "the compute thread broke: a defect, or a device that fails");
    public static readonly NodeEvent SessionWaits = new(703, "session-waits", LogSource.Compute, Information, "the worker was admitted again while its session before is still in a kernel or a slow disk: the new one waits for it");
    public static readonly NodeEvent AllocatorNotTuned = new(704, "allocator-not-tuned", LogSource.Compute, Warning, "glibc refuses to keep freed memory: steps may be slower");
    public static readonly NodeEvent EnvironmentOverruled = new(705, "environment-overruled", LogSource.Compute, Warning, "a variable of the environment would choose kernels or threads: the run's are taken");

    public static readonly NodeEvent CoordinatorStarted = new(800, "coordinator-started", LogSource.Supervisor, Information, "the coordinator's process is started, for the first time or again");
    public static readonly NodeEvent WorkerStarted = new(801, "worker-started", LogSource.Supervisor, Information, "a worker's process is started, for the first time or again");
    public static readonly NodeEvent CoordinatorDied = new(802, "coordinator-died", LogSource.Supervisor, Warning, "the coordinator's process ended in a crash");
    public static readonly NodeEvent WorkerDied = new(803, "worker-died", LogSource.Supervisor, Warning, "a worker's process ended before the run did");
    public static readonly NodeEvent WorkerLeft = new(804, "worker-left", LogSource.Supervisor, Information, "a worker's process ended in order while the run goes on");
    public static readonly NodeEvent NoWorkerLeft = new(805, "no-worker-left", LogSource.Supervisor, Warning, "every worker was given up; the run is stopped");
    public static readonly NodeEvent StopAsked = new(806, "stop-asked", LogSource.Supervisor, Warning, "Ctrl+C, SIGTERM, or the terminal has gone: everything is stopped");
    public static readonly NodeEvent AddressForgotten = new(807, "address-forgotten", LogSource.Supervisor, Information, "the address that a dead coordinator left is deleted");
    public static readonly NodeEvent ProcessesTerminated = new(808, "processes-terminated", LogSource.Supervisor, Information, "processes are asked to end");
    public static readonly NodeEvent ProcessesKilled = new(809, "processes-killed", LogSource.Supervisor, Information, "processes that did not end in time are killed");
    public static readonly NodeEvent ProcessLeft = new(810, "process-left", LogSource.Supervisor, Warning, "a process that was killed is still there");
    public static readonly NodeEvent ProcessWrote = new(811, "process-wrote", LogSource.Supervisor, Information, "a line that a supervised process wrote");
    public static readonly NodeEvent PageMade = new(812, "page-made", LogSource.Supervisor, Information, "report.html of a completed run is made", ForMachines: true);
    public static readonly NodeEvent SupervisorDone = new(813, "supervisor-done", LogSource.Supervisor, Information, "no process is left, and this is the exit code");
    public static readonly NodeEvent FaultAsked = new(814, "fault-asked", LogSource.Supervisor, Warning, "somebody pressed a button of the live page that disturbs the run, or the disturbance is over");
    public static readonly NodeEvent PageOpened = new(815, "page-opened", LogSource.Supervisor, Information, "the live page is served; the link is on the terminal, for it has a token", ForMachines: true);

    public static readonly NodeEvent EngineSaid = new(900, "engine-said", LogSource.Akka, Debug, "what the actor engine logs at its levels debug and info, and all that it says of nodes that go or can't be reached");
    public static readonly NodeEvent EngineWarned = new(901, "engine-warned", LogSource.Akka, Warning, "a warning of the actor engine");
    public static readonly NodeEvent EngineFailed = new(902, "engine-failed", LogSource.Akka, Error, "an error of the actor engine");
    public static readonly NodeEvent OtherAddress = new(903, "other-address", LogSource.Akka, Warning, "somebody joins by another name than this node calls itself by; said once a name");
    public static readonly NodeEvent ControlConnectionRefused = new(904, "control-connection-refused", LogSource.Akka, Warning, "a stranger on the control port; said once an address");
    public static readonly NodeEvent ControlMessageDropped = new(905, "control-message-dropped", LogSource.Akka, Warning, "a message between nodes was not sealed with this cluster's secret; said once, the next is a debug event");

    /// <summary>All of them, by number.</summary>
    public static IReadOnlyList<NodeEvent> All { get; } =
    [
        .. typeof(NodeEvents).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.FieldType == typeof(NodeEvent))
            .Select(field => (NodeEvent)field.GetValue(null)!).OrderBy(known => known.Id),
    ];

    private static readonly HashSet<string> ForMachines = [.. All.Where(known => known.ForMachines).Select(known => known.Name)];

    /// <summary>Whether text consoles leave an event of this name out.</summary>
    public static bool IsForMachines(string name) => ForMachines.Contains(name);

    /// <summary>Whether text consoles leave an event out.</summary>
    public static bool IsForMachines(LogEvent logEvent) => logEvent.Text(NodeEvent.NameProperty) is { } name && IsForMachines(name);
}
