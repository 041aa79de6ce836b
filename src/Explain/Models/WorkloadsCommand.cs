using System.CommandLine;
using System.Globalization;
using MiniBatch.Explain.Narration;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Workloads;
using Spectre.Console;

namespace MiniBatch.Explain.Models;

/// <summary>
/// <c>workloads</c>: what can be trained, with the defaults that flags change; <c>--layers</c>: what the models are made of.
/// Parameters are counted in the models themselves, hence with libtorch.
/// </summary>
public static class WorkloadsCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var name = new Argument<string?>("workload") { Description = "that one only", Arity = ArgumentArity.ZeroOrOne };
        var layers = Flag.Switch("--layers", "show each model's layers with their output shapes and parameters");
        var command = new Command("workloads", "Lists what can be trained.") { name, layers };
        command.SetAction(parsed =>
        {
            var workloads = parsed.GetValue(name) is { } one ? [WorkloadCatalog.Get(one)] : WorkloadCatalog.All;
            Libtorch.Load();
            if (!parsed.GetValue(layers))
            {
                foreach (var line in List(workloads)) Console.WriteLine(line);
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

    /// <summary>Two lines a workload: the numbers in columns, and below them what it is; about 110 columns wide.</summary>
    private static IEnumerable<string> List(IEnumerable<Workload> workloads)
    {
        var listed = workloads.ToList();
        string[][] rows =
        [
            ["workload", "parameters", "batch", "slots", "epochs", "optimizer", "expect"],
            .. listed.Select(workload => new[]
            {
                workload.Name, Text(ModelSummary.Of(workload).ParameterCount), Text(workload.GlobalBatch), Text(workload.Slots), Text(workload.Epochs),
                Describe(workload.Optimizer), workload.Expectation,
            }),
        ];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        yield return Line(rows[0], widths);
        foreach (var (workload, row) in listed.Zip(rows.Skip(1)))
        {
            yield return Line(row, widths);
            yield return $"  {workload.Summary}";
        }
    }

    private static string Line(string[] cells, int[] widths) => string.Join("  ", cells.Select((cell, column) =>
        column is >= 1 and <= 4 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd();

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
