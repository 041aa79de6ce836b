using System.CommandLine;
using System.Globalization;
using MiniBatch.Explain.Narration;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Workloads;
using Spectre.Console;

namespace MiniBatch.Explain.Models;

/// <summary>
/// <c>workloads</c>: what can be trained, with the defaults that flags change; <c>--layers</c>: what the models are made of.
/// Parameters are counted in the models themselves, hence not in the launcher, which has no libtorch.
/// </summary>
public static class WorkloadsCommand
{
    /// <summary>Columns of text where the output is no terminal, so that no row is broken.</summary>
    private const int PlainWidth = 200;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var name = new Argument<string?>("workload") { Description = "that one only", Arity = ArgumentArity.ZeroOrOne };
        var layers = Flag.Switch("--layers", "show each model's layers with their output shapes and parameters");
        var command = new Command("workloads", "Lists what can be trained.") { name, layers };
        command.SetAction(parsed =>
        {
            var workloads = parsed.GetValue(name) is { } one ? [WorkloadCatalog.Get(one)] : WorkloadCatalog.All;
            if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = PlainWidth;
            if (!parsed.GetValue(layers))
            {
                AnsiConsole.Write(List(workloads));
                return;
            }
            foreach (var workload in workloads)
            {
                Console.WriteLine(workload.Name);
                AnsiConsole.Write(Layers(workload));
            }
        });
        return command;
    }

    private static Table List(IEnumerable<Workload> workloads)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("workload", "what", "parameters", "batch", "slots", "optimizer", "epochs", "expect");
        foreach (var number in new[] { 2, 3, 4, 6 }) table.Columns[number].RightAligned();
        foreach (var workload in workloads)
        {
            table.AddRow(new[]
            {
                workload.Name, workload.Summary, Text(ModelSummary.Of(workload).ParameterCount), Text(workload.GlobalBatch), Text(workload.Slots),
                Describe(workload.Optimizer), Text(workload.Epochs), workload.Expectation,
            }.Select(Markup.Escape).ToArray());
        }
        return table;
    }

    private static Table Layers(Workload workload)
    {
        var summary = ModelSummary.Of(workload);
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("layer", column => column.Footer("in all"));
        table.AddColumn("");
        table.AddColumn("output shape");
        table.AddColumn("parameters", column => column.RightAligned().Footer(Text(summary.ParameterCount)));
        foreach (var layer in summary.Layers)
            table.AddRow(new[] { layer.Name, layer.Kind, Shape(layer.OutputShape), Text(layer.ParameterCount) }.Select(Markup.Escape).ToArray());
        return table;
    }

    /// <summary>"[B, 32, 28, 28]": B samples.</summary>
    private static string Shape(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape.Skip(1).Select(Text).Prepend("B"))}]";

    private static string Describe(OptimizerSettings optimizer) =>
        $"{optimizer.Name}, lr {Numbers.Of(optimizer.LearningRate)}";

    private static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
