using System.CommandLine;
using MiniBatch.Explain;
using MiniBatch.Explain.Models;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Hosting;

return ProcessEnd.WithoutDestructors(CommandHost.Run(
    new RootCommand("What MiniBatch can train, and what it does in a step.") { WorkloadsCommand.Create(), ExplainCommand.Create() }, args));
