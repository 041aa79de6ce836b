using MiniBatch.Launcher.Commands;
using MiniBatch.Shared.CommandLine;

return CommandHost.Run(LauncherCommand.Create(), args);
