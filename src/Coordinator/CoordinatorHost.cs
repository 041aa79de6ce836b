using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.Actor;
using MiniBatch.Coordinator.Exchange;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Progress;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Coordinator.TensorBoard;
using MiniBatch.Monitoring;
using MiniBatch.Shared.Hosting;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Numerics.Schedules;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using Spectre.Console;

namespace MiniBatch.Coordinator;

/// <summary>Everything a coordinator process was told.</summary>
/// <param name="Spec">The run.</param>
/// <param name="Node">Where to listen.</param>
/// <param name="DataPort">Port of the data plane; 0 for any.</param>
/// <param name="Directory">The run directory.</param>
/// <param name="Membership">Limits of waiting.</param>
/// <param name="Resume">Whether to go on with the run that the directory holds.</param>
/// <param name="Point">What a new run starts from, where that is not its seed's version 0.</param>
/// <param name="Stay">Whether it stays when the run is complete, until SIGTERM.</param>
/// <param name="Exchange">What of the exchange was chosen.</param>
/// <param name="CheckpointsKept">Of the newest, ≥ 1.</param>
/// <param name="TensorBoard">Where to write event files for TensorBoard, a folder a run; null for nowhere.</param>
/// <param name="Http">Where to serve health and metrics; null for nowhere.</param>
/// <param name="Log">What standard output has of the log.</param>
public sealed record CoordinatorOptions(
    RunSpec Spec, NodeOptions Node, int DataPort, RunDirectory Directory, MembershipOptions Membership, bool Resume, StartingPoint? Point, bool Stay, ExchangeOptions Exchange,
    int CheckpointsKept, string? TensorBoard, IPEndPoint? Http, LogOptions Log);

/// <summary>A coordinator process: puts the parts together, waits for the run's end, takes them apart.</summary>
public sealed class CoordinatorHost(CoordinatorOptions options)
{
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(2);

    /// <summary>Runs to the end of the run.</summary>
    /// <returns>0 where all epochs were trained, 128 + n where signal n ended it, else 1.</returns>
    /// <exception cref="UserErrorException">It could not start, or broke.</exception>
    public int Run()
    {
        // Before anything is written or bound, so that no signal finds a half-made node.
        using var signals = new StopSignals(options.Node.Supervised);
        if (!options.Resume) options.Directory.Create();
        using var runLock = new RunLock(options.Directory);
        using var view = OpenView();
        using var log = NodeLog.Open("coordinator", "coordinator", options.Spec.Run, options.Directory.Logs, options.Log, view.LogSink);
        return NodeLog.Guard(() => Run(view, signals, runLock.Incarnation));
    }

    private int Run(IRunView view, StopSignals signals, Incarnation incarnation)
    {
        using var monitor = new CoordinatorMonitor(options.Spec);
        using var http = options.Http is { } at ? MonitoringEndpoint.Open(at, monitor.Health, monitor.Meter) : null;
        var summary = Train(view, signals, incarnation, monitor);
        return summary.Outcome switch
        {
            "completed" => 0,
            "stopped" => signals.ExitCode,
            _ => throw new UserErrorException(summary.Reason),
        };
    }

    /// <summary>Leaves out what there is not: an accuracy without classes, hashes of a run that never began.</summary>
    private static void Say(RunSummary summary)
    {
        object?[] accuracy = summary.TestAccuracy is { } known ? [known] : [];
        object?[] hashes = summary.ParametersSha256.Length > 0 ? [summary.ParametersSha256, summary.StateSha256] : [];
        NodeEvents.RunSummarised.Write(
            "{outcome:l} after {steps} steps: {reason:l}; " + (accuracy.Length > 0 ? "test accuracy {testAccuracy:0.0000}, " : "")
            + "{samplesPerSecond:0} samples/s, {seconds:0.0} s; {faults} faults, {slotsReassigned} slots reassigned, {stepsRedone} steps redone"
            + (hashes.Length > 0 ? "; parameters {parametersSha256:l}, state {stateSha256:l}" : ""),
            [
                summary.Outcome, summary.Steps, summary.Reason, .. accuracy, summary.SamplesPerSecond, summary.Seconds, summary.Faults.Seen,
                summary.Faults.SlotsReassigned, summary.Faults.StepsRedone, .. hashes,
            ]);
    }

    private IRunView OpenView()
    {
        if (options.Log.Format == LogFormat.Json) return new EventsOnly();
        if (Console.IsOutputRedirected || Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb")
            return new PlainView(options.Spec, Console.Out, TimeProvider.System);
        // Spectre would take a supervised child, whose input is a pipe, for one that nobody looks at.
        return new TerminalView(options.Spec, AnsiConsole.Create(new AnsiConsoleSettings { Interactive = InteractionSupport.Yes }));
    }

    private RunSummary Train(IRunView view, StopSignals signals, Incarnation incarnation, CoordinatorMonitor monitor)
    {
        // Before the spec, which says that it is there.
        options.Point?.WriteTo(options.Directory);
        var resumed = options.Resume ? LoadCheckpoint(incarnation) : null;
        StartingPoint? weights = null;
        if (resumed is null && options.Spec.Origin is { } origin)
        {
            var point = options.Point ?? StartingPoint.Of(options.Directory, origin);
            if (origin.IsContinued) resumed = CheckpointStore.Of(point, options.Spec);
            else weights = point;
            NodeEvents.OriginTaken.Write("starts from {origin:l}", origin.ToString());
        }
        // A run that was stopped has one; until this one ends again, it says what is no longer so.
        File.Delete(options.Directory.Summary);
        var system = StartNode();
        try
        {
            return Train(system, resumed, options.Exchange with { Weights = weights }, view, signals, incarnation, monitor);
        }
        finally
        {
            File.Delete(options.Directory.CoordinatorAddress);
            system.Terminate().Wait(ShutdownLimit);
        }
    }

    private RunSummary Train(
        ActorSystem system, Checkpoint? resumed, ExchangeOptions exchangeOptions, IRunView view, StopSignals signals, Incarnation incarnation, CoordinatorMonitor monitor)
    {
        var spec = options.Spec;
        var cluster = Akka.Cluster.Cluster.Get(system);
        var self = cluster.SelfAddress;

        ExchangeThread? exchange = null;
        using var listener = new DataListener(
            options.Node.BindAddress, options.DataPort, options.Node.SecretKey,
            (socket, identity) =>
            {
                if (exchange is { } thread) thread.Post(new ExchangeCommand.AcceptLink(socket, identity));
                else socket.Dispose();   // nobody can have been admitted yet
            });
        // Only now: a run directory of a node that could not listen must still be free for the next try.
        var recorder = new RunRecorder(spec, options.Directory, incarnation, resumed, monitor.Training)
        {
            CheckpointsKept = options.CheckpointsKept,
            TensorBoard = options.TensorBoard is { } logs ? new TensorBoardWriter(spec, logs, incarnation, resumed, TimeProvider.System) : null,
        };
        monitor.Run.Holds($"open at version {resumed?.Model.Version ?? 0}");
        if (recorder.StepsToRedo > 0)
            NodeEvents.StepsRedone.Write("{steps} steps after the checkpoint are computed again, and compared with the ledger", recorder.StepsToRedo);
        ExchangeThread Start(Action<ExchangeReport> report) =>
            exchange = new ExchangeThread(spec, incarnation, exchangeOptions, report, recorder, resumed, monitor);
        Func<Action<ExchangeReport>, ExchangeThread> start = Start;
        var parameterServer = Props.Create(() => new ParameterServerActor(start));
        var ended = new TaskCompletionSource<RunSummary>(TaskCreationOptions.RunContinuationsAsynchronously);
        var settings = new CoordinatorSettings(
            spec, incarnation, options.Membership, listener.Port, listener.SocketPath, parameterServer, recorder, view,
            options.Directory, resumed, ended) { Monitor = monitor };
        var coordinator = system.ActorOf(Props.Create(() => new CoordinatorActor(settings)), NodeConfiguration.CoordinatorRole);
        cluster.RegisterOnMemberUp(() => monitor.Cluster.Holds($"up as {self}"));
        cluster.Join(self);
        Announce(self, listener);
        monitor.Node.Holds($"listens on {self.Host}:{self.Port}, for data on {listener.Port}");

        using var stopping = signals.Token.Register(() =>
        {
            monitor.Health.Stops($"leaving, stopped by {signals.Cause}");
            coordinator.Tell(new CoordinatorActor.StopRun($"stopped by {signals.Cause}"));
        });
        var summary = ended.Task.GetAwaiter().GetResult();
        monitor.Health.RunIsOver($"the run is over: {summary.Reason}");
        Say(summary);
        view.Ended(summary, options.Directory);
        if (options.Stay && summary.Outcome == "completed")
        {
            // Still a node: workers that come late are told that the run is over.
            NodeEvents.Staying.Write("staying until SIGTERM (--stay)");
            signals.Token.WaitHandle.WaitOne();
        }
        return summary;
    }

    /// <summary>The newest sound checkpoint; null where the run had none yet, and starts from the beginning.</summary>
    private Checkpoint? LoadCheckpoint(Incarnation incarnation)
    {
        var store = new CheckpointStore(options.Directory, options.Spec.Run, incarnation);
        var checkpoint = store.LoadNewest(problem => NodeEvents.CheckpointDamaged.Write("{problem:l}", problem));
        if (checkpoint is null) NodeEvents.RunBegunAgain.Write("no checkpoint yet; incarnation {incarnation} starts from the beginning", incarnation.Value);
        else
            NodeEvents.RunResumed.Write("incarnation {incarnation} goes on from step {step}", incarnation.Value, checkpoint.Model.Version);
        return checkpoint;
    }

    private ActorSystem StartNode()
    {
        var node = options.Node;
        try
        {
            return ActorSystem.Create(NodeConfiguration.SystemName, NodeConfiguration.Of(
                NodeConfiguration.CoordinatorRole, node.BindAddress.ToString(), node.Port, node.PublicHost, dialled: node.PublicHost));
        }
        catch (Exception e) when (Causes(e).OfType<SocketException>().FirstOrDefault() is { } cause)
        {
            throw new UserErrorException(
                $"can't listen on {new IPEndPoint(node.BindAddress, node.Port)} ({cause.Message}); take another --port, or 0 for any that is free", cause: e);
        }
    }

    private void Announce(Address self, DataListener listener)
    {
        RunDirectory.WriteJson(
            options.Directory.CoordinatorAddress,
            new CoordinatorAddress(self.Host, self.Port ?? 0, listener.Port, Environment.ProcessId));
        NodeEvents.EngineChosen.Write("engine: {akka:l}", ProgramVersion.Akka);
        NodeEvents.RunOpened.Write(
            "run {run:l}: {workload:l}, {epochs} epochs of {steps} steps, batch {batch} in {slots} slots, {update:l}, seed {seed}",
            options.Spec.Run.Value, options.Spec.Workload, options.Spec.Epochs, options.Spec.StepsPerEpoch,
            options.Spec.GlobalBatch, options.Spec.Slots, UpdateOf(options.Spec), options.Spec.Seed);
        NodeEvents.Listening.Write(
            "listening on {host:l}:{port}, data on {dataPort}; more workers join with: ./cluster worker --join {host:l}:{port}",
            self.Host, self.Port, listener.Port, self.Host, self.Port);
        NodeLog.SayConfiguration(new { options.DataPort, options.Directory.Root, options.Membership, options.Exchange, options.CheckpointsKept, options.TensorBoard, Log = options.Log.ToString(), options.Spec });
    }

    /// <summary>"Adam at 0.001, cosine after 100 warm-up steps, gradients clipped to norm 5".</summary>
    private static string UpdateOf(RunSpec spec)
    {
        var words = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{spec.Optimizer.Kind} at {spec.Optimizer.LearningRate}");
        if (spec.Schedule.Kind != ScheduleKind.Constant) words.Append($", {spec.Schedule.Kind.ToString().ToLowerInvariant()}");
        if (spec.Schedule.WarmupSteps > 0) words.Append($" after {spec.Schedule.WarmupSteps} warm-up steps");
        if (spec.Optimizer.WeightDecay > 0) words.Append(CultureInfo.InvariantCulture, $", weight decay {spec.Optimizer.WeightDecay}");
        if (spec.Clip is { } clip) words.Append($", gradients clipped to {clip}");
        return words.ToString();
    }

    private static IEnumerable<Exception> Causes(Exception error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
            if (cause is not AggregateException aggregate) continue;
            foreach (var inner in aggregate.InnerExceptions.SelectMany(Causes)) yield return inner;
        }
    }
}
