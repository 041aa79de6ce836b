using System.CommandLine;
using MiniBatch.Explain;
using MiniBatch.Explain.Models;
using MiniBatch.Shared.CommandLine;

return CommandHost.Run(
    new RootCommand("What MiniBatch can train, and what it does in a step.") { WorkloadsCommand.Create(), ExplainCommand.Create() }, args);
