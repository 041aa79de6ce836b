using MiniBatch.Launcher.Commands;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Hosting;

return ProcessEnd.WithoutDestructors(CommandHost.Run(LauncherCommand.Create(args.FirstOrDefault()), args));
