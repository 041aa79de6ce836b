using System.CommandLine;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Shared.CommandLine;

/// <summary>What is to be run, where, and from where on.</summary>
/// <param name="Spec">The run.</param>
/// <param name="Directory">Its directory, absolute.</param>
/// <param name="Resumes">Whether the directory holds the run already.</param>
/// <param name="Point">What a new run starts from, where that is not its seed's version 0.</param>
public sealed record ChosenStart(RunSpec Spec, RunDirectory Directory, bool Resumes, StartingPoint? Point);

/// <summary>The flags that decide from where on a run is trained and where it is written down, shared by <c>train</c> and <c>coordinator</c>.</summary>
public sealed class StartFlags
{
    private readonly Option<string?> _initFrom = Flag.Path("--init-from",
        "start from the weights of this run's directory, model file, checkpoint or other program's safetensors, with a fresh optimizer "
        + "[none: the seed gives the first parameters]", "MODEL");
    private readonly Option<string?> _runDirectory = Flag.Path("--run-dir", "where the run is written down [runs/<id>: a new one for every run]", "DIR");
    private readonly Option<string?> _resume = Flag.Path("--resume",
        "go on with the run that this directory holds; one that is complete goes on in a new run, for --epochs in all", "RUN-DIR");

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        command.AddFlags(HelpHeading.Trained, _initFrom);
        command.AddFlags(HelpHeading.Kept, _runDirectory, _resume);
    }

    /// <summary>Those that a coordinator of a new run is given as the launcher was.</summary>
    public IReadOnlyList<Option> OfNewRun => [_initFrom, _resume];

    /// <summary>Makes sense of them, and of the flags of the run.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="run">The flags of the run.</param>
    /// <param name="now">For the id of a new run.</param>
    /// <param name="ifAny">Whether the run that <c>--run-dir</c> holds, if it holds one, is gone on with (<c>--resume-if-any</c>).</param>
    /// <exception cref="UserErrorException">They contradict one another, the run, or its files.</exception>
    /// <exception cref="WeightsException">A file to start from is missing or damaged.</exception>
    public ChosenStart Read(ParseResult parsed, RunFlags run, DateTimeOffset now, bool ifAny = false)
    {
        var named = parsed.GetValue(_runDirectory);
        if (parsed.GetValue(_resume) is { } resume) return GoOn(parsed, run, now, new RunDirectory(Path.GetFullPath(resume)), named, ifAny);
        if (ifAny && named is null) throw Usage("--resume-if-any goes on with the run of --run-dir; say which directory");
        if (ifAny && new RunDirectory(Path.GetFullPath(named!)) is var held && File.Exists(held.Spec))
            return new ChosenStart(SameStart(parsed, run.Resume(parsed, held.ReadSpec())), held, Resumes: true, null);
        var spec = run.Spec(parsed, now);
        var point = parsed.GetValue(_initFrom) is { } model ? StartingPoint.OfModel(model, spec.Workload) : null;
        return New(spec, point, named);
    }

    private ChosenStart GoOn(ParseResult parsed, RunFlags run, DateTimeOffset now, RunDirectory directory, string? named, bool ifAny)
    {
        if (parsed.GetValue(_initFrom) is not null) throw Usage("--resume goes on with what the run has; leave --init-from out");
        if (ifAny) throw Usage("--resume names the run directory; leave --run-dir and --resume-if-any out");
        var stored = directory.ReadSpec();
        if (run.HasEpochs(parsed) && directory.IsComplete())
            return New(run.GoOn(parsed, stored, now), StartingPoint.OfRun(directory, stored), named);
        if (named is not null) throw Usage("--resume names the run directory; leave --run-dir out");
        return new ChosenStart(run.Resume(parsed, stored), directory, Resumes: true, null);
    }

    private static ChosenStart New(RunSpec spec, StartingPoint? point, string? named) => new(
        spec with { Origin = point?.Origin }, new RunDirectory(Path.GetFullPath(named ?? Path.Combine("runs", spec.Run.Value))), Resumes: false, point);

    /// <summary>Whoever is started again with the same flags must find the run that they began.</summary>
    private RunSpec SameStart(ParseResult parsed, RunSpec stored)
    {
        if (parsed.GetValue(_initFrom) is not { } model) return stored;
        // The run has the values in its directory, and needs the file no more.
        if (stored.Origin is not null && !Path.Exists(model)) return stored;
        var origin = StartingPoint.OfModel(model, stored.Workload).Origin;
        return origin == stored.Origin
            ? stored
            : throw Usage($"the run started from {stored.Origin?.ToString() ?? "its seed"}, and --init-from {model} is {origin}; leave it out, or start a new run");
    }

    private static UserErrorException Usage(string message) => new(message, UserErrorException.Usage);
}
