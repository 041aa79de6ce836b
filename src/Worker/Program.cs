using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Hosting;
using MiniBatch.Worker;

return ProcessEnd.WithoutDestructors(CommandHost.Run(WorkerCommand.Create(), args));
