using System.CommandLine;
using MiniBatch.Coordinator;
using MiniBatch.Shared.CommandLine;

return CommandHost.Run(CoordinatorCommand.Create(), args);
