using System.CommandLine;
using MiniBatch.Coordinator.KubeflowTrainer;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Hosting;
using MiniBatch.Hosting.Health;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator;

/// <summary>The command line of a coordinator.</summary>
public static class CoordinatorCommand
{
    /// <summary>The command; its action runs a coordinator to the end of its run.</summary>
    public static RootCommand Create()
    {
        var run = new RunFlags();
        var node = new NodeFlags(NodeFlags.CoordinatorPort);
        var dataPort = Flag.Port("--data-port", "port for parameters and gradients, 0 for any that is free [0: workers are told]");
        var startFlags = new StartFlags();
        var resumeIfAny = Flag.Switch("--resume-if-any", "go on with the run that --run-dir holds, start it where there is none [off: a directory with a run is refused; on for a node that is restarted on its volume]");
        var runId = new Option<string?>("--run-id") { Hidden = true };
        var supervisor = new Option<string?>("--supervisor-socket") { Hidden = true };
        var watchControl = Flag.Switch("--watch-control", "the page on --http-port has buttons, for who has the link that is printed: pause, single steps, cut a worker off, draw a digit [off: the page only shows; on, the link goes over HTTP as it is, so reach it over loopback or kubectl port-forward]");
        var expected = Flag.Integer("--expect-workers", "start when so many are ready, or after 30 s with those who are [1: the others join while it runs]", 1);
        var treatment = new CoordinatorFlags();
        var log = new LogFlags();

        var command = new RootCommand("Runs the coordinator and parameter server of one training run.");
        run.AddTo(command);
        startFlags.AddTo(command);
        node.AddTo(command);
        command.AddFlags(HelpHeading.Spread, expected);
        treatment.AddTo(command);
        command.AddFlags(HelpHeading.Place, dataPort, watchControl);
        command.AddFlags(HelpHeading.Kept, resumeIfAny, runId, supervisor);
        command.AddFlags(HelpHeading.Said, log.All);
        command.Subcommands.Add(HealthCommand.Create());
        command.SetAction(parsed =>
        {
            var start = startFlags.Read(parsed, run, DateTimeOffset.UtcNow, parsed.GetValue(resumeIfAny));
            var spec = !start.Resumes && parsed.GetValue(runId) is { } id ? start.Spec with { Run = new RunId(id) } : start.Spec;
            var http = node.Http(parsed);
            if (parsed.GetValue(watchControl) && http is null)
                throw new UserErrorException("--watch-control puts buttons on the page that is served with --http-port; say that as well", UserErrorException.Usage);
            var timeouts = WorkerTimeouts.For(spec);
            var tensorBoard = parsed.GetValue(treatment.TensorBoard) is { } folder ? Path.GetFullPath(folder) : null;
            // A run that is gone on with is not to end for want of curves: it is warned, and goes on.
            if (tensorBoard is not null && !start.Resumes) OutputFolder.Require(treatment.TensorBoard.Name, tensorBoard);
            var options = new CoordinatorOptions(
                spec,
                node.Read(parsed, node.Certificates(parsed), defaultHost: "127.0.0.1"),
                parsed.GetValue(dataPort) ?? 0,
                start.Directory,
                MembershipOptions.Default with
                {
                    ExpectedWorkers = parsed.GetValue(expected) ?? 1,
                    WaitForWorkers = parsed.GetValue(treatment.WaitForWorkers) ?? MembershipOptions.Default.WaitForWorkers,
                    MixedArithmetic = parsed.GetValue(treatment.MixedArithmetic),
                },
                start.Resumes,
                start.Point,
                node.Stays(parsed),
                new ExchangeOptions(timeouts with
                {
                    Answer = parsed.GetValue(treatment.AnswerLimit) ?? timeouts.Answer,
                    BackUp = parsed.GetValue(treatment.Backup) != CoordinatorFlags.Backups.Off,
                })
                {
                    CheckpointSteps = parsed.GetValue(treatment.CheckpointEvery) ?? Training.CheckpointStepsDefault,
                    KeepsGradients = tensorBoard is not null,
                },
                parsed.GetValue(treatment.KeepCheckpoints) ?? CheckpointStore.KeptDefault,
                tensorBoard,
                http,
                log.Read(parsed),
                parsed.GetValue(supervisor))
            {
                WatchControl = parsed.GetValue(watchControl),
                TerminationLog = parsed.GetValue(TerminationLog.File),
                Trainer = TrainerEndpoint.Given(Environment.GetEnvironmentVariable),
            };
            return new CoordinatorHost(options).Run();
        });
        return command;
    }
}
