using MiniBatch.Shared.CommandLine;
using MiniBatch.Worker;

return CommandHost.Run(WorkerCommand.Create(), args);
