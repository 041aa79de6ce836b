using System.Text.Json;
using Akka.Actor;
using Akka.Configuration;
using MiniBatch.Coordinator.Exchange;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Progress;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using Serilog.Core;

namespace MiniBatch.Coordinator.Tests.Actors;

/// <summary>The coordinator actor with the test in the parameter server's and a worker's place.</summary>
public sealed class CoordinatorActorTests : IAsyncLifetime
{
    private static readonly RunSpec Spec = Specs.Small(epochs: 1);
    private static readonly ModelLayout Layout = new([new TensorLayout("w", [3])], [], []);
    private static readonly WorkerId Worker = Specs.Worker("a");
    private static readonly RegisterWorker Registration = new(Worker, Spec.ProgramVersion, Specs.Cpu, CpuCapability.Avx2, 1);

    private readonly ActorSystem _system = ActorSystem.Create("test", ConfigurationFactory.ParseString("""
        akka.loglevel = ERROR
        akka.stdout-loglevel = OFF
        """));
    private readonly RunDirectory _directory = new(Directory.CreateTempSubdirectory("minibatch-test-").FullName);
    private readonly Inbox _exchange = new();
    private readonly Inbox _toWorker = new();
    private readonly TaskCompletionSource<RunSummary> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RunRecorder _recorder = null!;
    private IActorRef _coordinator = ActorRefs.Nobody;
    private IActorRef _worker = ActorRefs.Nobody;

    public Task InitializeAsync()
    {
        _directory.Create();
        var settings = new CoordinatorSettings(
            Spec, Specs.First, MembershipOptions.Default, 5000, "/tmp/data.sock", _exchange.Props,
            _recorder = new RunRecorder(Spec, _directory, Specs.First), new NoView(), _directory, Resumed: null, _ended);
        _coordinator = _system.ActorOf(Props.Create(() => new CoordinatorActor(settings)), "coordinator");
        _worker = _system.ActorOf(_toWorker.Props, "worker");
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _system.Terminate().WaitAsync(Inbox.Limit);
        await _recorder.DisposeAsync();
        Directory.Delete(_directory.Root, recursive: true);
    }

    private static ModelSnapshot Snapshot => new(
        Layout, 8, [1, 2, 3], [], new ExchangeCounters(SlotsReassigned: 1, SlotsBackedUp: 0, DuplicatesDropped: 2, ConnectionsLost: 3));

    private async Task TakePart()
    {
        _coordinator.Tell(Registration, _worker);
        await _toWorker.Next<WorkerAdmitted>();
        _coordinator.Tell(new WorkerPrepared(Worker, Specs.First, Spec.DatasetSha256, Specs.Arithmetic), _worker);
        _coordinator.Tell(new ExchangeReport.Connected(Worker, Specs.First));
        Assert.Equal([Worker], (await _exchange.Next<ExchangeCommand.Deal>()).Assignment.Workers);
        await _exchange.Next<ExchangeCommand.Initialise>();
    }

    private async Task TrainAndEvaluate()
    {
        _coordinator.Tell(new ExchangeReport.ModelReady(Worker, Layout, Specs.Arithmetic.InitialSha256));
        Assert.Equal(1, (await _exchange.Next<ExchangeCommand.Train>()).Epoch);
        _coordinator.Tell(new ExchangeReport.EpochTrained(1, 96, 0.5, TimeSpan.FromSeconds(2)));
        await _exchange.Next<ExchangeCommand.Evaluate>();
        _coordinator.Tell(new ExchangeReport.Evaluated(8, 1500, 0.4, 1200));
        await _exchange.Next<ExchangeCommand.Save>();
    }

    private async Task<RunSummary> EndAfterSnapshot(RunEnding ending)
    {
        await _exchange.Next<ExchangeCommand.TakeSnapshot>();
        _coordinator.Tell(new ExchangeReport.Snapshot(Snapshot));
        Assert.Equal(ending, (await _exchange.Next<ExchangeCommand.Stop>()).Goodbye.Ending);
        Assert.Equal(ending, (await _toWorker.Next<RunEnded>()).Ending);
        return await _ended.Task.WaitAsync(Inbox.Limit);
    }

    [Fact]
    public async Task Worker_is_admitted_with_all_that_it_needs()
    {
        _coordinator.Tell(Registration, _worker);

        var admitted = await _toWorker.Next<WorkerAdmitted>();

        Assert.Equal((Worker, Specs.First, 5000, "/tmp/data.sock"),
            (admitted.Worker, admitted.Incarnation, admitted.DataPort, admitted.DataSocketPath));
        Assert.Equal(Spec, JsonSerializer.Deserialize<RunSpec>(admitted.SpecJson, Json.Compact));
    }

    [Fact]
    public async Task Worker_of_another_version_is_refused_with_both_named()
    {
        _coordinator.Tell(Registration with { ProgramVersion = "0.9" }, _worker);

        var refused = await _toWorker.Next<WorkerRefused>();

        Assert.Equal(Refusal.OtherVersion, refused.Refusal);
        Assert.Contains("0.9", refused.Reason);
        Assert.Contains(Spec.ProgramVersion, refused.Reason);
    }

    [Fact]
    public async Task Worker_that_prepared_for_another_incarnation_takes_no_part()
    {
        _coordinator.Tell(Registration, _worker);
        await _toWorker.Next<WorkerAdmitted>();
        _coordinator.Tell(new WorkerPrepared(Worker, new Incarnation(2), Spec.DatasetSha256, Specs.Arithmetic), _worker);
        _coordinator.Tell(new ExchangeReport.Connected(Worker, Specs.First));

        _coordinator.Tell(Registration, _worker);   // its answer shows that all before it was handled
        await _toWorker.Next<WorkerAdmitted>();

        Assert.True(_exchange.IsEmpty);
    }

    [Fact]
    public async Task Run_goes_from_registration_to_a_summary_and_says_goodbye()
    {
        await TakePart();
        await TrainAndEvaluate();

        var summary = await EndAfterSnapshot(RunEnding.Completed);

        Assert.Equal(("completed", 0.8, 1, "cpu"), (summary.Outcome, summary.TestAccuracy, summary.Workers, summary.Device));
        Assert.True(File.Exists(_directory.Summary));
    }

    [Fact]
    public async Task Epoch_that_cannot_be_written_down_fails_the_run_and_names_the_file()
    {
        File.Delete(_directory.Epochs);
        Directory.CreateDirectory(_directory.Epochs);   // nobody, not even root, appends to a directory
        await TakePart();
        await TrainAndEvaluate();
        await _exchange.Next<ExchangeCommand.TakeSnapshot>();
        _coordinator.Tell(new ExchangeReport.Snapshot(Snapshot));

        Assert.Contains(_directory.Epochs, await ReasonOfFailure());
    }

    /// <summary>Found out before the summary is written, or after: either way the run has not completed.</summary>
    private async Task<string> ReasonOfFailure()
    {
        try
        {
            var summary = await _ended.Task.WaitAsync(Inbox.Limit);
            Assert.Equal("failed", summary.Outcome);
            return summary.Reason;
        }
        catch (UserErrorException e)
        {
            return e.Message;
        }
    }

    [Fact]
    public async Task Run_that_is_stopped_keeps_the_last_version()
    {
        await TakePart();
        _coordinator.Tell(new ExchangeReport.ModelReady(Worker, Layout, Specs.Arithmetic.InitialSha256));
        await _exchange.Next<ExchangeCommand.Train>();
        _coordinator.Tell(new CoordinatorActor.StopRun("stopped by Ctrl+C"));

        await _exchange.Next<ExchangeCommand.Halt>();
        await _exchange.Next<ExchangeCommand.Save>();   // to be resumed from
        var summary = await EndAfterSnapshot(RunEnding.Stopped);

        Assert.Equal(("stopped", "stopped by Ctrl+C", 8), (summary.Outcome, summary.Reason, summary.Steps));
        Assert.True(File.Exists(_directory.Model));
    }

    [Fact]
    public async Task Run_that_is_stopped_before_there_is_a_model_is_written_down_without_one()
    {
        _coordinator.Tell(new CoordinatorActor.StopRun("stopped by SIGTERM"));

        var summary = await _ended.Task.WaitAsync(Inbox.Limit);

        Assert.Equal(("stopped", "", 0), (summary.Outcome, summary.ParametersSha256, summary.Steps));
        Assert.False(File.Exists(_directory.Model));
    }

    [Fact]
    public async Task Broken_exchange_fails_the_run_with_its_reason()
    {
        await TakePart();
        _coordinator.Tell(new ExchangeReport.ModelReady(Worker, Layout, Specs.Arithmetic.InitialSha256));
        await _exchange.Next<ExchangeCommand.Train>();
        _coordinator.Tell(new ExchangeReport.Broken("step 1, slot 0: not finite"));

        var summary = await EndAfterSnapshot(RunEnding.Failed);

        Assert.Equal(("failed", "step 1, slot 0: not finite"), (summary.Outcome, summary.Reason));
    }

    [Fact]
    public async Task Worker_that_registers_when_all_is_over_is_told_so()
    {
        await TakePart();
        await TrainAndEvaluate();
        await EndAfterSnapshot(RunEnding.Completed);

        _coordinator.Tell(Registration, _worker);

        Assert.Equal(RunEnding.Completed, (await _toWorker.Next<RunEnded>()).Ending);
    }

    [Fact]
    public async Task Parameter_server_that_stops_ends_the_run_with_an_error()
    {
        await TakePart();
        _system.ActorSelection("/user/coordinator/parameter-server").Tell(PoisonPill.Instance);

        var error = await Assert.ThrowsAsync<UserErrorException>(() => _ended.Task.WaitAsync(Inbox.Limit));

        Assert.Contains("parameter server", error.Message);
    }

    private sealed class NoView : IRunView
    {
        public ILogEventSink? LogSink => null;

        public void EpochStarted(int epoch)
        {
        }

        public void Advanced(ExchangeReport.Advanced progress)
        {
        }

        public void Evaluating(ExchangeReport.EpochTrained trained)
        {
        }

        public void EpochDone(EpochSummary epoch)
        {
        }

        public void Ended(RunSummary summary, RunDirectory directory)
        {
        }

        public void Dispose()
        {
        }
    }
}
