using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.TestActors;
using Akka.TestKit.Xunit2;
using MiniBatch.Hosting.Tests.Nodes;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Computation;
using MiniBatch.Worker.Membership;
using MiniBatch.Worker.Monitoring;

namespace MiniBatch.Worker.Tests.Membership;

/// <summary>
/// The actor on one node that is the coordinator's too, with the test in the coordinator's place and a computation that
/// reports what the test says.
/// </summary>
public sealed class WorkerActorTests : TestKit
{
    private static readonly WorkerId Self = new("worker-1", 77);
    private static readonly Arithmetic TheArithmetic = new("initial", "probe");
    private static readonly ComputeDevice Cpu = new("cpu", "EPYC", 1L << 34, 1);
    private static readonly WorkerAdmitted Admission = new(Self, new Incarnation(1), "{}", 5000, "");

    private static readonly Config Patient = ConfigurationFactory.ParseString("akka.test.single-expect-default = 30s");

    private readonly TestNode _node;
    private readonly TestProbe _coordinator;
    private readonly TestProbe _started;
    private readonly TestProbe _disposed;
    private readonly TaskCompletionSource<WorkerOutcome> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IActorRef _worker;

    public WorkerActorTests()
        : this(TestNode.Coordinator(changes: Patient))
    {
    }

    private WorkerActorTests(TestNode node)
        : base(node.System)
    {
        _node = node;
        _coordinator = CreateTestProbe();
        _started = CreateTestProbe();
        _disposed = CreateTestProbe();
        Sys.ActorOf(ForwardActor.Props(_coordinator), NodeRole.Coordinator);
        // An answer to a registration is not waited for longer than this, so that a second one comes soon.
        var limits = WorkerLimits.Default("here:1") with { RegisterInterval = TimeSpan.FromMilliseconds(1) };
        var settings = new WorkerSettings(Self, Cpu, limits, Start, _ended) { Monitor = new WorkerMonitor(Self.Name) };
        _worker = Sys.ActorOf(Props.Create(() => new WorkerActor(settings)), NodeRole.Worker);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _node.Dispose();
    }

    private Task<WorkerOutcome> Ended => _ended.Task.WaitAsync(RemainingOrDefault);

    private FakeComputation Start(WorkerAdmitted admitted, Action<ComputeReport> report)
    {
        var computation = new FakeComputation(admitted, report, _disposed);
        _started.Tell(computation);
        return computation;
    }

    /// <summary>The next message of that type that the coordinator is told; others, as registrations that come again, are passed over.</summary>
    private T Told<T>() => _coordinator.FishForMessage<T>(_ => true);

    private FakeComputation Admitted()
    {
        Told<RegisterWorker>();
        _worker.Tell(Admission);
        return _started.ExpectMsg<FakeComputation>();
    }

    [Fact]
    public void Coordinator_that_is_up_is_asked_again_and_again_with_who_this_is()
    {
        for (var i = 0; i < 2; i++)
        {
            var request = Told<RegisterWorker>();
            Assert.Equal((Self, Cpu), (request.Worker, request.Device));
            Assert.Equal((ProgramVersion.Current, Environment.ProcessId), (request.ProgramVersion, request.ProcessId));
            Assert.Equal(Processor.WidestCapability, request.CpuCapability);
        }
    }

    [Fact]
    public void Admission_starts_a_computation_and_its_connection_is_reported()
    {
        var computation = Admitted();
        Assert.Equal(Admission, computation.Admitted);

        computation.Report(new ComputeReport.Connected("sha", TheArithmetic));

        Assert.Equal(new WorkerPrepared(Self, Admission.Incarnation, "sha", TheArithmetic), Told<WorkerPrepared>());
        Assert.False(_ended.Task.IsCompleted);
    }

    [Fact]
    public async Task Lost_connection_ends_this_life_and_asks_for_another()
    {
        var computation = Admitted();
        computation.Report(new ComputeReport.Connected("sha", TheArithmetic));
        computation.Report(new ComputeReport.Lost("cut"));
        Assert.Equal(new WorkerOutcome(false, "cut", Rejoin: true), await Ended);
    }

    [Fact]
    public void Connection_that_could_not_be_made_leads_to_a_new_computation_and_the_old_ones_reports_are_dropped()
    {
        var first = Admitted();
        first.Report(new ComputeReport.Lost("refused"));
        var second = Admitted();
        _disposed.ExpectMsg(first);

        first.Report(new ComputeReport.Connected("stale", TheArithmetic));
        first.Report(new ComputeReport.Failed("stale"));
        first.Report(new ComputeReport.Ended(RunEnding.Completed, "stale"));
        second.Report(new ComputeReport.Connected("second", TheArithmetic));

        Assert.Equal("second", Told<WorkerPrepared>().DatasetSha256);
        Assert.False(_ended.Task.IsCompleted);
    }

    [Fact]
    public async Task Goodbye_of_the_server_ends_the_worker()
    {
        var computation = Admitted();
        computation.Report(new ComputeReport.Connected("sha", TheArithmetic));
        computation.Report(new ComputeReport.Ended(RunEnding.Completed, "all epochs are trained"));
        Assert.Equal(new WorkerOutcome(true, "all epochs are trained"), await Ended);
    }

    [Fact]
    public async Task Worker_that_is_asked_to_stop_tells_the_coordinator_and_computes_until_it_is_let_go()
    {
        var computation = Admitted();
        computation.Report(new ComputeReport.Connected("sha", TheArithmetic));
        Told<WorkerPrepared>();
        _worker.Tell(new WorkerActor.Leave("stopped by SIGTERM"));

        Assert.Equal(new WorkerLeaving(Self, "stopped by SIGTERM"), Told<WorkerLeaving>());
        Assert.False(_disposed.HasMessages);
        computation.Report(new ComputeReport.Ended(RunEnding.Failed, "worker-1 may go"));
        Assert.Equal(new WorkerOutcome(true, "the slots are handed back"), await Ended);
    }

    [Fact]
    public async Task Failed_computation_is_told_to_the_coordinator_and_ends_the_worker()
    {
        Admitted().Report(new ComputeReport.Failed("no data"));
        Assert.Equal(new WorkerFailed(Self, "no data"), Told<WorkerFailed>());
        Assert.Equal(new WorkerOutcome(false, "no data"), await Ended);
    }

    [Fact]
    public async Task Refusal_ends_the_worker_with_the_coordinators_line()
    {
        Told<RegisterWorker>();
        _worker.Tell(new WorkerRefused(Self, Refusal.OtherVersion, "install the same version"));
        Assert.Equal(new WorkerOutcome(false, "install the same version"), await Ended);
    }

    [Fact]
    public async Task Run_that_is_over_ends_the_worker()
    {
        Told<RegisterWorker>();
        _worker.Tell(new RunEnded(Self, RunEnding.Completed, "over"));
        Assert.Equal(new WorkerOutcome(true, "over"), await Ended);
    }

    [Fact]
    public async Task Stopped_actor_disposes_its_computation_and_ends_the_worker()
    {
        var computation = Admitted();
        Sys.Stop(_worker);
        _disposed.ExpectMsg(computation);
        Assert.False((await Ended).Succeeded);
    }

    private sealed class FakeComputation(WorkerAdmitted admitted, Action<ComputeReport> report, IActorRef disposed) : IDisposable
    {
        public WorkerAdmitted Admitted => admitted;

        public Action<ComputeReport> Report => report;

        public void Dispose() => disposed.Tell(this);
    }
}
