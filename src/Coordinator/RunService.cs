using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MiniBatch.Coordinator.Exchange;
using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Coordinator.Watching;
using MiniBatch.Hosting;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Numerics.Schedules;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using Cluster = Akka.Cluster.Cluster;

namespace MiniBatch.Coordinator;

/// <summary>Runs the run: opens the cluster, tells where it is, waits for the run's end, and says how it went.</summary>
public sealed class RunService(
    CoordinatorOptions options, CoordinatorMonitor monitor, StopSignals signals, IServiceProvider services, IHostApplicationLifetime lifetime)
    : NodeService(lifetime)
{
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(2);

    /// <inheritdoc />
    protected override async Task<int> RunAsync(CancellationToken stopping)
    {
        // Not in the constructor: the host makes its services before it starts any, and these are made once the node listens.
        var system = services.GetRequiredService<ActorSystem>();
        try
        {
            var summary = await TrainAsync(system, services.GetRequiredService<CoordinatorSettings>(), services.GetRequiredService<IRequiredActor<CoordinatorActor>>().ActorRef, stopping);
            return summary.Outcome switch
            {
                "completed" => 0,
                "stopped" => signals.ExitCode,
                _ => throw new UserErrorException(summary.Reason) { LastWords = summary.LastWords() },
            };
        }
        finally
        {
            File.Delete(options.Directory.CoordinatorAddress);
            // At once. The host would have the node leave in order, and wait for workers that are ending as well.
            await Task.WhenAny(system.Terminate(), Task.Delay(ShutdownLimit, CancellationToken.None));
        }
    }

    private async Task<RunSummary> TrainAsync(ActorSystem system, CoordinatorSettings run, IActorRef coordinator, CancellationToken stopping)
    {
        monitor.Run.Healthy($"open at version {run.Resumed?.Model.Version ?? 0}");
        if (run.Recorder.StepsToRedo > 0)
            NodeEvents.StepsRedone.Write("{steps} steps after the checkpoint are computed again, and compared with the ledger", run.Recorder.StepsToRedo);
        var cluster = Cluster.Get(system);
        cluster.RegisterOnMemberUp(() => monitor.Cluster.Healthy($"up as {cluster.SelfAddress}"));
        cluster.Join(cluster.SelfAddress);
        Announce(cluster.SelfAddress, run.DataPort);
        monitor.Node.Healthy($"listens on {cluster.SelfAddress.Host}:{cluster.SelfAddress.Port}, for data on {run.DataPort}");

        // Where its supervisor serves a page. What it asks for by then is answered with nothing: no worker has come yet.
        await using var link = options.Supervisor is { } path
            ? LinkToSupervisor.Connect(path, new WatchedRun(services.GetRequiredService<ExchangeStarter>().TryPost, services.GetRequiredService<ExchangeWatch>()))
            : null;
        using var stop = stopping.Register(() =>
        {
            monitor.Health.Stops($"leaving, stopped by {signals.Cause}");
            coordinator.Tell(new CoordinatorActor.StopRun($"stopped by {signals.Cause}"));
        });
        var summary = await run.Ended.Task;
        monitor.Health.RunIsOver($"the run is over: {summary.Reason}");
        Say(summary);
        TerminationLog.Leave(options.TerminationLog, summary.LastWords());
        run.View.Ended(summary, options.Directory);
        if (options.Stay && summary.Outcome == "completed")
        {
            // Still a node: workers that come late are told that the run is over.
            NodeEvents.Staying.Write("staying until SIGTERM (--stay)");
            await Until(stopping);
        }
        return summary;
    }

    private void Announce(Address self, int dataPort)
    {
        var spec = options.Spec;
        RunDirectory.WriteJson(
            options.Directory.CoordinatorAddress, new CoordinatorAddress(self.Host, self.Port ?? 0, dataPort, Environment.ProcessId));
        NodeEvents.EngineChosen.Write("engine: {akka:l}", ProgramVersion.Akka);
        NodeEvents.RunOpened.Write(
            "run {run:l}: {workload:l}, {epochs} epochs of {steps} steps, batch {batch} in {slots} slots, {update:l}, seed {seed}",
            spec.Run.Value, spec.Workload, spec.Epochs, spec.StepsPerEpoch, spec.GlobalBatch, spec.Slots, UpdateOf(spec), spec.Seed);
        NodeEvents.Listening.Write(
            "listening on {host:l}:{port}, data on {dataPort}; more workers join with: ./cluster worker --join {host:l}:{port}",
            self.Host, self.Port, dataPort, self.Host, self.Port);
        options.Node.WarnWithoutTls();
        NodeLog.SayConfiguration(new { options.DataPort, options.Directory.Root, options.Membership, options.Exchange, options.CheckpointsKept, options.TensorBoard, Log = options.Log.ToString(), spec });
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

    /// <summary>"Adam at 0.001, cosine after 100 warm-up steps, gradients clipped to norm 5".</summary>
    private static string UpdateOf(RunSpec spec)
    {
        var words = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{spec.Optimizer.Kind} at {spec.Optimizer.LearningRate}");
        if (spec.Schedule.Kind != ScheduleKind.Constant) words.Append($", {spec.Schedule.Name}");
        if (spec.Schedule.WarmupSteps > 0) words.Append($" after {spec.Schedule.WarmupSteps} warm-up steps");
        if (spec.Optimizer.WeightDecay > 0) words.Append(CultureInfo.InvariantCulture, $", weight decay {spec.Optimizer.WeightDecay}");
        if (spec.Clip is { } clip) words.Append($", gradients clipped to {clip}");
        return words.ToString();
    }
}
