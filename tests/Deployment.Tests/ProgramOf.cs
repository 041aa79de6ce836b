using System.CommandLine;
using MiniBatch.Coordinator;
using MiniBatch.Launcher.Commands;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Worker;

namespace MiniBatch.Deployment.Tests;

/// <summary>One of our programs, asked what it takes for a command line.</summary>
/// <param name="Project">Its folder in src.</param>
/// <param name="Create">Makes its command.</param>
internal sealed record ProgramOf(string Project, Func<RootCommand> Create)
{
    private static readonly ProgramOf Coordinator = new("Coordinator", CoordinatorCommand.Create);
    private static readonly ProgramOf Worker = new("Worker", WorkerCommand.Create);
    private static readonly ProgramOf Launcher = new("Launcher", () => LauncherCommand.Create());

    /// <summary>The assembly that the project builds, and that an image starts.</summary>
    public string Assembly => $"MiniBatch.{Project}.dll";

    /// <summary>The folder that it is built in, in the configuration of these tests.</summary>
    public string Built => Repository.PathOf($"src/{Project}/bin/{Path.GetRelativePath(Repository.PathOf("tests/Deployment.Tests/bin"), AppContext.BaseDirectory)}");

    /// <summary>The program in an image of ours, by the image's name; null for an image without one.</summary>
    public static ProgramOf? Image(string image) => NameOf(image) switch
    {
        "minibatch-coordinator" => Coordinator,
        "minibatch-worker" or "minibatch-worker-cuda" => Worker,
        _ => null,
    };

    /// <summary>The program of an assembly.</summary>
    public static ProgramOf Of(string assembly) => new[] { Coordinator, Worker, Launcher }.Single(program => program.Assembly == assembly);

    /// <summary>The last part of an image's name, without its tag.</summary>
    public static string NameOf(string image) => image[(image.LastIndexOf('/') + 1)..].Split(':')[0];

    /// <summary>What is wrong with a command line and its environment; nothing where the program would start.</summary>
    public IReadOnlyList<string> Problems(string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        var root = Create();
        root.Options.Add(CommandHost.Verbose);
        root.Options.Add(ConfiguredArguments.File);
        var command = root.Parse(arguments).CommandResult.Command;
        var known = command.Options.Concat(root.Options).Select(option => ConfiguredArguments.VariableOf(option.Name)).Append(SharedSecret.Variable).ToHashSet();
        var unknown = environment.Keys.Where(name => name.StartsWith(ConfiguredArguments.VariablePrefix, StringComparison.Ordinal) && !known.Contains(name));
        var parsed = root.Parse(ConfiguredArguments.Expand(root, arguments, environment.GetValueOrDefault));
        return [.. unknown.Select(name => $"{Project} has no option for {name}"), .. parsed.Errors.Select(error => error.Message)];
    }
}
