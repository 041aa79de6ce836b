using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Processes;
using MiniBatch.Worker;

return ProcessEnd.WithoutDestructors(CommandHost.Run(WorkerCommand.Create(), args));
