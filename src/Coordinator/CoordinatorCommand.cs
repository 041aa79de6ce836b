using System.CommandLine;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Monitoring.Health;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Hosting;
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
        var runDirectory = Flag.Path("--run-dir", "where the run is written down [runs/<id>: a new one for every run]", "DIR");
        var resume = Flag.Path("--resume", "go on with the run that this directory holds", "RUN-DIR");
        var resumeIfAny = Flag.Switch("--resume-if-any", "go on with the run that --run-dir holds, start it where there is none [off: a directory with a run is refused; on for a node that is restarted on its volume]");
        var runId = new Option<string?>("--run-id") { Hidden = true };
        var expected = Flag.Integer("--expect-workers", "start when so many are ready, or after 30 s with those who are [1: the others join while it runs]", 1);
        var treatment = new CoordinatorFlags();
        var log = new LogFlags();

        var command = new RootCommand("Runs the coordinator and parameter server of one training run.");
        run.AddTo(command);
        node.AddTo(command);
        command.AddFlags(HelpHeading.Spread, expected);
        treatment.AddTo(command);
        command.AddFlags(HelpHeading.Place, dataPort);
        command.AddFlags(HelpHeading.Kept, runDirectory, resume, resumeIfAny, runId);
        command.AddFlags(HelpHeading.Said, log.All);
        command.Subcommands.Add(HealthCommand.Create());
        command.SetAction(parsed =>
        {
            var resumed = RunToGoOnWith(parsed.GetValue(resume), parsed.GetValue(runDirectory), parsed.GetValue(resumeIfAny));
            var spec = resumed is not null ? run.Resume(parsed, resumed.ReadSpec()) : run.Spec(parsed, DateTimeOffset.UtcNow);
            if (resumed is null && parsed.GetValue(runId) is { } id) spec = spec with { Run = new RunId(id) };
            var patience = Patience.For(spec);
            var options = new CoordinatorOptions(
                spec,
                node.Read(parsed, defaultHost: "127.0.0.1"),
                parsed.GetValue(dataPort) ?? 0,
                resumed ?? new RunDirectory(Path.GetFullPath(parsed.GetValue(runDirectory) ?? Path.Combine("runs", spec.Run.Value))),
                MembershipOptions.Default with
                {
                    ExpectedWorkers = parsed.GetValue(expected) ?? 1,
                    WaitForWorkers = parsed.GetValue(treatment.WaitForWorkers) ?? MembershipOptions.Default.WaitForWorkers,
                    MixedArithmetic = parsed.GetValue(treatment.MixedArithmetic),
                },
                resumed is not null,
                node.Stays(parsed),
                new ExchangeOptions(patience with
                {
                    Answer = parsed.GetValue(treatment.AnswerLimit) ?? patience.Answer,
                    BackUp = parsed.GetValue(treatment.Backup) != CoordinatorFlags.Backups.Off,
                })
                {
                    CheckpointSteps = parsed.GetValue(treatment.CheckpointEvery) ?? Training.CheckpointStepsDefault,
                },
                parsed.GetValue(treatment.KeepCheckpoints) ?? CheckpointStore.KeptDefault,
                node.Http(parsed),
                log.Read(parsed));
            return new CoordinatorHost(options).Run();
        });
        return command;
    }

    private static RunDirectory? RunToGoOnWith(string? resume, string? named, bool ifAny)
    {
        if (resume is not null)
        {
            return named is null && !ifAny
                ? new RunDirectory(Path.GetFullPath(resume))
                : throw new UserErrorException("--resume names the run directory; leave --run-dir and --resume-if-any out", UserErrorException.Usage);
        }
        if (!ifAny) return null;
        if (named is null)
            throw new UserErrorException("--resume-if-any goes on with the run of --run-dir; say which directory", UserErrorException.Usage);
        var directory = new RunDirectory(Path.GetFullPath(named));
        return File.Exists(directory.Spec) ? directory : null;
    }
}
