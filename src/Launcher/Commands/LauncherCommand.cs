using System.CommandLine;

namespace MiniBatch.Launcher.Commands;

/// <summary>The launcher's command line; <c>./cluster</c> passes it on. A new command goes in here and in the script's list.</summary>
public static class LauncherCommand
{
    /// <summary>All commands.</summary>
    public static RootCommand Create() => new("MiniBatch: mini-batch gradient descent over machines.")
    {
        TrainCommand.Create(),
        DataCommand.Create(),
        VerifyCommand.Create(),
        LogsCommand.Create(),
        BenchCommand.Create(),
        LabCommand.Create(),
    };
}
