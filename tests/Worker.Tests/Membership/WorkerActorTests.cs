using System.Threading.Channels;
using Akka.Actor;
using Akka.Cluster;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Computation;
using MiniBatch.Worker.Membership;

namespace MiniBatch.Worker.Tests.Membership;

/// <summary>
/// The actor on one node that is the coordinator's too, with the test in the coordinator's place and a computation that
/// reports what the test says.
/// </summary>
public sealed class WorkerActorTests : IAsyncLifetime
{
    private static readonly WorkerId Self = new("worker-1", 77);
    private static readonly Arithmetic TheArithmetic = new("initial", "probe");
    private static readonly ComputeDevice Cpu = new("cpu", "EPYC", 1L << 34, 1);
    private static readonly WorkerAdmitted Admission = new(Self, new Incarnation(1), "{}", 5000, "");

    private readonly ActorSystem _system = ActorSystem.Create(
        NodeConfiguration.SystemName, NodeConfiguration.Of(NodeConfiguration.CoordinatorRole, "127.0.0.1", 0, "127.0.0.1"));
    private readonly Channel<object> _toCoordinator = Channel.CreateUnbounded<object>();
    private readonly Channel<FakeComputation> _started = Channel.CreateUnbounded<FakeComputation>();
    private readonly TaskCompletionSource<WorkerOutcome> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IActorRef _worker = ActorRefs.Nobody;

    public Task InitializeAsync()
    {
        var inbox = _toCoordinator.Writer;
        _system.ActorOf(Props.Create(() => new Inbox(inbox)), NodeConfiguration.CoordinatorRole);
        // An answer to a registration is not waited for longer than this, so that a second one comes soon.
        var limits = WorkerLimits.Default("here:1") with { RegisterInterval = TimeSpan.FromMilliseconds(1) };
        var settings = new WorkerSettings(Self, Cpu, limits, Start, _ended);
        _worker = _system.ActorOf(Props.Create(() => new WorkerActor(settings)), NodeConfiguration.WorkerRole);
        var cluster = Cluster.Get(_system);
        cluster.Join(cluster.SelfAddress);
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _system.Terminate().WaitAsync(Runs.Limit);

    private FakeComputation Start(WorkerAdmitted admitted, Action<ComputeReport> report)
    {
        var computation = new FakeComputation(admitted, report);
        _started.Writer.TryWrite(computation);
        return computation;
    }

    private async Task<T> Told<T>()
    {
        while (true)
        {
            if (await _toCoordinator.Reader.ReadAsync().AsTask().WaitAsync(Runs.Limit) is T message) return message;
        }
    }

    private async Task<FakeComputation> Admitted()
    {
        await Told<RegisterWorker>();
        _worker.Tell(Admission);
        return await _started.Reader.ReadAsync().AsTask().WaitAsync(Runs.Limit);
    }

    [Fact]
    public async Task Coordinator_that_is_up_is_asked_again_and_again_with_who_this_is()
    {
        for (var i = 0; i < 2; i++)
        {
            var request = await Told<RegisterWorker>();
            Assert.Equal((Self, Cpu), (request.Worker, request.Device));
            Assert.Equal((ProgramVersion.Current, Environment.ProcessId), (request.ProgramVersion, request.ProcessId));
            Assert.Equal(Processor.WidestCapability, request.CpuCapability);
        }
    }

    [Fact]
    public async Task Admission_starts_a_computation_and_its_connection_is_reported()
    {
        var computation = await Admitted();
        Assert.Equal(Admission, computation.Admitted);

        computation.Report(new ComputeReport.Connected("sha", TheArithmetic));

        Assert.Equal(new WorkerPrepared(Self, Admission.Incarnation, "sha", TheArithmetic), await Told<WorkerPrepared>());
        Assert.False(_ended.Task.IsCompleted);
    }

    [Fact]
    public async Task Lost_connection_ends_this_life_and_asks_for_another()
    {
        var computation = await Admitted();
        computation.Report(new ComputeReport.Connected("sha", TheArithmetic));
        computation.Report(new ComputeReport.Lost("cut"));
        Assert.Equal(new WorkerOutcome(false, "cut", Rejoin: true), await _ended.Task.WaitAsync(Runs.Limit));
    }

    [Fact]
    public async Task Connection_that_could_not_be_made_leads_to_a_new_computation_and_the_old_ones_reports_are_dropped()
    {
        var first = await Admitted();
        first.Report(new ComputeReport.Lost("refused"));
        var second = await Admitted();
        await first.Disposed.Task.WaitAsync(Runs.Limit);

        first.Report(new ComputeReport.Connected("stale", TheArithmetic));
        first.Report(new ComputeReport.Failed("stale"));
        first.Report(new ComputeReport.Ended(RunEnding.Completed, "stale"));
        second.Report(new ComputeReport.Connected("second", TheArithmetic));

        Assert.Equal("second", (await Told<WorkerPrepared>()).DatasetSha256);
        Assert.False(_ended.Task.IsCompleted);
    }

    [Fact]
    public async Task Goodbye_of_the_server_ends_the_worker()
    {
        var computation = await Admitted();
        computation.Report(new ComputeReport.Connected("sha", TheArithmetic));
        computation.Report(new ComputeReport.Ended(RunEnding.Completed, "all epochs are trained"));
        Assert.Equal(new WorkerOutcome(true, "all epochs are trained"), await _ended.Task.WaitAsync(Runs.Limit));
    }

    [Fact]
    public async Task Worker_that_is_asked_to_stop_tells_the_coordinator_and_computes_until_it_is_let_go()
    {
        var computation = await Admitted();
        computation.Report(new ComputeReport.Connected("sha", TheArithmetic));
        await Told<WorkerPrepared>();
        _worker.Tell(new WorkerActor.Leave("stopped by SIGTERM"));

        Assert.Equal(new WorkerLeaving(Self, "stopped by SIGTERM"), await Told<WorkerLeaving>());
        Assert.False(computation.Disposed.Task.IsCompleted);
        computation.Report(new ComputeReport.Ended(RunEnding.Failed, "worker-1 may go"));
        Assert.Equal(new WorkerOutcome(true, "the slots are handed back"), await _ended.Task.WaitAsync(Runs.Limit));
    }

    [Fact]
    public async Task Failed_computation_is_told_to_the_coordinator_and_ends_the_worker()
    {
        (await Admitted()).Report(new ComputeReport.Failed("no data"));
        Assert.Equal(new WorkerFailed(Self, "no data"), await Told<WorkerFailed>());
        Assert.Equal(new WorkerOutcome(false, "no data"), await _ended.Task.WaitAsync(Runs.Limit));
    }

    [Fact]
    public async Task Refusal_ends_the_worker_with_the_coordinators_line()
    {
        await Told<RegisterWorker>();
        _worker.Tell(new WorkerRefused(Self, Refusal.OtherVersion, "install the same version"));
        Assert.Equal(new WorkerOutcome(false, "install the same version"), await _ended.Task.WaitAsync(Runs.Limit));
    }

    [Fact]
    public async Task Run_that_is_over_ends_the_worker()
    {
        await Told<RegisterWorker>();
        _worker.Tell(new RunEnded(RunEnding.Completed, "over"));
        Assert.Equal(new WorkerOutcome(true, "over"), await _ended.Task.WaitAsync(Runs.Limit));
    }

    [Fact]
    public async Task Stopped_actor_disposes_its_computation_and_ends_the_worker()
    {
        var computation = await Admitted();
        _system.Stop(_worker);
        await computation.Disposed.Task.WaitAsync(Runs.Limit);
        Assert.False((await _ended.Task.WaitAsync(Runs.Limit)).Succeeded);
    }

    private sealed class FakeComputation(WorkerAdmitted admitted, Action<ComputeReport> report) : IDisposable
    {
        public WorkerAdmitted Admitted => admitted;

        public Action<ComputeReport> Report => report;

        public TaskCompletionSource Disposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Dispose() => Disposed.TrySetResult();
    }

    private sealed class Inbox : UntypedActor
    {
        private readonly ChannelWriter<object> _writer;

        public Inbox(ChannelWriter<object> writer) => _writer = writer;

        protected override void OnReceive(object message) => _writer.TryWrite(message);
    }
}
