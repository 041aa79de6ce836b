using System.Text.Json;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.TestActors;
using Akka.TestKit.Xunit2;
using MiniBatch.Coordinator.Exchange;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Progress;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using Serilog.Core;

namespace MiniBatch.Coordinator.Tests;

/// <summary>The coordinator actor with the test in the parameter server's and a worker's place.</summary>
public sealed class CoordinatorActorTests : TestKit
{
    private static readonly RunSpec Spec = Specs.Small(epochs: 1);
    private static readonly ModelLayout Layout = new([new TensorLayout("w", [3])], [], []);
    private static readonly WorkerId Worker = Specs.Worker("a");
    private static readonly RegisterWorker Registration = new(Worker, Spec.ProgramVersion, Specs.Cpu, CpuCapability.Avx2, 1);

    private readonly RunDirectory _directory = new(Directory.CreateTempSubdirectory("minibatch-test-").FullName);
    private readonly TestProbe _exchange;
    private readonly TestProbe _worker;
    private readonly TaskCompletionSource<RunSummary> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RunRecorder _recorder;
    private readonly IActorRef _coordinator;

    public CoordinatorActorTests()
        : base("akka { loglevel = ERROR, stdout-loglevel = OFF, test.single-expect-default = 30s }")
    {
        _directory.Create();
        _exchange = CreateTestProbe();
        _worker = CreateTestProbe();
        _recorder = new RunRecorder(Spec, _directory, Specs.First);
        var settings = new CoordinatorSettings(
            Spec, Specs.First, MembershipOptions.Default, 5000, "/tmp/data.sock", ForwardActor.Props(_exchange),
            _recorder, new NoView(), _directory, Resumed: null, _ended)
        {
            Monitor = new CoordinatorMonitor(Spec),
        };
        _coordinator = Sys.ActorOf(Props.Create(() => new CoordinatorActor(settings)), "coordinator");
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _recorder.DisposeAsync().AsTask().Wait(RemainingOrDefault);
        Directory.Delete(_directory.Root, recursive: true);
    }

    private Task<RunSummary> Ended => _ended.Task.WaitAsync(RemainingOrDefault);

    private ActorSelection ParameterServer => Sys.ActorSelection("/user/coordinator/parameter-server");

    private static ModelSnapshot Snapshot => new(
        Layout, 8, [1, 2, 3], [], new ExchangeCounters(SlotsReassigned: 1, SlotsBackedUp: 0, DuplicatesDropped: 2, ConnectionsLost: 3));

    private void TakePart()
    {
        _coordinator.Tell(Registration, _worker);
        _worker.ExpectMsg<WorkerAdmitted>();
        _coordinator.Tell(new WorkerPrepared(Worker, Specs.First, Spec.DatasetSha256, Specs.Arithmetic), _worker);
        _coordinator.Tell(new ExchangeReport.Connected(Worker, Specs.First));
        Assert.Equal([Worker], _exchange.ExpectMsg<ExchangeCommand.Deal>().Assignment.Workers);
        _exchange.ExpectMsg<ExchangeCommand.Initialise>();
    }

    private void TrainAndEvaluate()
    {
        _coordinator.Tell(new ExchangeReport.ModelReady(Worker, Layout, Specs.Arithmetic.InitialSha256));
        Assert.Equal(1, _exchange.ExpectMsg<ExchangeCommand.Train>().Epoch);
        _coordinator.Tell(new ExchangeReport.EpochTrained(1, 96, 0.5, TimeSpan.FromSeconds(2)));
        _exchange.ExpectMsg<ExchangeCommand.Evaluate>();
        _coordinator.Tell(new ExchangeReport.Evaluated(8, 1500, 0.4, 1200));
        _exchange.ExpectMsg<ExchangeCommand.Save>();
    }

    private async Task<RunSummary> EndAfterSnapshot(RunEnding ending)
    {
        _exchange.ExpectMsg<ExchangeCommand.TakeSnapshot>();
        _coordinator.Tell(new ExchangeReport.Snapshot(Snapshot));
        Assert.Equal(ending, _exchange.ExpectMsg<ExchangeCommand.Stop>().Goodbye.Ending);
        Assert.Equal(ending, _worker.ExpectMsg<RunEnded>().Ending);
        return await Ended;
    }

    [Fact]
    public void Worker_is_admitted_with_all_that_it_needs()
    {
        _coordinator.Tell(Registration, _worker);

        var admitted = _worker.ExpectMsg<WorkerAdmitted>();

        Assert.Equal((Worker, Specs.First, 5000, "/tmp/data.sock"),
            (admitted.Worker, admitted.Incarnation, admitted.DataPort, admitted.DataSocketPath));
        Assert.Equal(Spec, JsonSerializer.Deserialize<RunSpec>(admitted.SpecJson, Json.Compact));
    }

    [Fact]
    public void Worker_of_another_version_is_refused_with_both_named()
    {
        _coordinator.Tell(Registration with { ProgramVersion = "0.9" }, _worker);

        var refused = _worker.ExpectMsg<WorkerRefused>();

        Assert.Equal(Refusal.OtherVersion, refused.Refusal);
        Assert.Contains("0.9", refused.Reason);
        Assert.Contains(Spec.ProgramVersion, refused.Reason);
    }

    [Fact]
    public void Worker_that_prepared_for_another_incarnation_takes_no_part()
    {
        _coordinator.Tell(Registration, _worker);
        _worker.ExpectMsg<WorkerAdmitted>();
        _coordinator.Tell(new WorkerPrepared(Worker, new Incarnation(2), Spec.DatasetSha256, Specs.Arithmetic), _worker);
        _coordinator.Tell(new ExchangeReport.Connected(Worker, Specs.First));

        _coordinator.Tell(Registration, _worker);   // its answer shows that all before it was handled
        _worker.ExpectMsg<WorkerAdmitted>();
        ParameterServer.Tell("all that was commanded came before this");

        _exchange.ExpectMsg("all that was commanded came before this");
    }

    [Fact]
    public async Task Run_goes_from_registration_to_a_summary_and_says_goodbye()
    {
        TakePart();
        TrainAndEvaluate();

        var summary = await EndAfterSnapshot(RunEnding.Completed);

        Assert.Equal(("completed", 0.8, 1, "cpu"), (summary.Outcome, summary.TestAccuracy, summary.Workers, summary.Device));
        Assert.True(File.Exists(_directory.Summary));
    }

    [Fact]
    public async Task Epoch_that_cannot_be_written_down_fails_the_run_and_names_the_file()
    {
        File.Delete(_directory.Epochs);
        Directory.CreateDirectory(_directory.Epochs);   // nobody, not even root, appends to a directory
        TakePart();
        TrainAndEvaluate();
        _exchange.ExpectMsg<ExchangeCommand.TakeSnapshot>();
        _coordinator.Tell(new ExchangeReport.Snapshot(Snapshot));

        Assert.Contains(_directory.Epochs, await ReasonOfFailure());
    }

    /// <summary>Found out before the summary is written, or after: either way the run has not completed.</summary>
    private async Task<string> ReasonOfFailure()
    {
        try
        {
            var summary = await Ended;
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
        TakePart();
        _coordinator.Tell(new ExchangeReport.ModelReady(Worker, Layout, Specs.Arithmetic.InitialSha256));
        _exchange.ExpectMsg<ExchangeCommand.Train>();
        _coordinator.Tell(new CoordinatorActor.StopRun("stopped by Ctrl+C"));

        _exchange.ExpectMsg<ExchangeCommand.Halt>();
        _exchange.ExpectMsg<ExchangeCommand.Save>();   // to be resumed from
        var summary = await EndAfterSnapshot(RunEnding.Stopped);

        Assert.Equal(("stopped", "stopped by Ctrl+C", 8), (summary.Outcome, summary.Reason, summary.Steps));
        Assert.True(File.Exists(_directory.Model));
    }

    [Fact]
    public async Task Run_that_is_stopped_before_there_is_a_model_is_written_down_without_one()
    {
        _coordinator.Tell(new CoordinatorActor.StopRun("stopped by SIGTERM"));

        var summary = await Ended;

        Assert.Equal(("stopped", "", 0), (summary.Outcome, summary.ParametersSha256, summary.Steps));
        Assert.False(File.Exists(_directory.Model));
    }

    [Fact]
    public async Task Broken_exchange_fails_the_run_with_its_reason()
    {
        TakePart();
        _coordinator.Tell(new ExchangeReport.ModelReady(Worker, Layout, Specs.Arithmetic.InitialSha256));
        _exchange.ExpectMsg<ExchangeCommand.Train>();
        _coordinator.Tell(new ExchangeReport.Broken("step 1, slot 0: not finite"));

        var summary = await EndAfterSnapshot(RunEnding.Failed);

        Assert.Equal(("failed", "step 1, slot 0: not finite"), (summary.Outcome, summary.Reason));
    }

    [Fact]
    public async Task Worker_that_registers_when_all_is_over_is_told_so()
    {
        TakePart();
        TrainAndEvaluate();
        await EndAfterSnapshot(RunEnding.Completed);

        _coordinator.Tell(Registration, _worker);

        Assert.Equal(RunEnding.Completed, _worker.ExpectMsg<RunEnded>().Ending);
    }

    [Fact]
    public async Task Parameter_server_that_stops_ends_the_run_with_an_error()
    {
        TakePart();
        ParameterServer.Tell(PoisonPill.Instance);

        var error = await Assert.ThrowsAsync<UserErrorException>(() => Ended);

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
