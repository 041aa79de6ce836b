using MiniBatch.Launcher.Commands;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Processes;

return ProcessEnd.WithoutDestructors(CommandHost.Run(LauncherCommand.Create(args.FirstOrDefault()), args));
