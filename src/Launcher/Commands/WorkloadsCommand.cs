using System.CommandLine;
using System.Globalization;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Workloads;
using Spectre.Console;

namespace MiniBatch.Launcher.Commands;

/// <summary><c>workloads</c>: what can be trained, with the defaults that flags change.</summary>
public static class WorkloadsCommand
{
    /// <summary>Columns of text where the output is no terminal, so that no row is broken.</summary>
    private const int PlainWidth = 200;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("workloads", "Lists what can be trained.");
        command.SetAction(_ =>
        {
            if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = PlainWidth;
            AnsiConsole.Write(Table());
        });
        return command;
    }

    private static Table Table()
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("workload", "dataset", "what", "batch", "slots", "optimizer", "epochs", "expect");
        foreach (var number in new[] { 3, 4, 6 }) table.Columns[number].RightAligned();
        foreach (var workload in WorkloadCatalog.All)
        {
            table.AddRow(new[]
            {
                workload.Name, workload.Dataset, workload.Summary, Text(workload.GlobalBatch), Text(workload.Slots),
                Describe(workload.Optimizer), Text(workload.Epochs), workload.Expectation,
            }.Select(Markup.Escape).ToArray());
        }
        return table;
    }

    private static string Describe(OptimizerSettings optimizer) =>
        $"{optimizer.Name}, lr {optimizer.LearningRate.ToString(CultureInfo.InvariantCulture)}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
