using MiniBatch.Explain.Narration;
using MiniBatch.Explain.Steps;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Explain.Tests;

/// <summary>Every table's step is told, and what is told as a formula has that number.</summary>
public sealed class NarrationTests
{
    public static TheoryData<string> Tables => [.. WorkloadCatalog.All.Where(workload => workload.Data is TableDataset).Select(workload => workload.Name)];

    public static TheoryData<string> OneLayerTables =>
        ["hours-points", "exam-scores", "dog-wolf", "random-regression", "random-regression-mean", "two-clouds", "and-gate", "xor-perceptron"];

    [Theory]
    [MemberData(nameof(Tables))]
    public void Lines_are_at_most_a_hundred_columns_wide(string workload)
    {
        var spec = Runs.Spec($"{workload} --optimizer adam --clip-norm 0.001");
        var lines = ExplainCommand.Tell(spec, Runs.Data(spec), workerCount: 2, stepCount: 2).ToList();

        Assert.All(lines, line => Assert.True(line.Length <= Lines.Columns, line));
        Assert.All(lines, line => Assert.Equal(line.TrimEnd(), line));
    }

    [Theory]
    [MemberData(nameof(OneLayerTables))]
    public void Formulas_of_one_layer_have_the_slots_gradients(string name)
    {
        var (spec, workload) = (Runs.Spec(name), WorkloadCatalog.Get(name));
        var table = ((TableDataset)workload.Data).Table;
        using var cluster = Runs.Cluster(spec);
        using var model = new TableModel(workload, table);
        var layer = OneLayer.Of(workload, cluster.Layout, table, model);
        Assert.NotNull(layer);
        cluster.Next();
        var step = cluster.Next();   // the first begins with zeros here and there, which hide a wrong factor

        model.Load(step.Before);
        foreach (var slot in step.Slots)
        {
            for (var i = 0; i < slot.Gradient.Length; i++)
            {
                var sum = slot.Samples.Sum(sample => layer.Gradient(sample, i, model.Ask(sample).Outputs));
                var expected = spec.Reduction == LossReduction.Mean ? sum / slot.Samples.Length : sum;
                Assert.Equal(expected, slot.Gradient[i], 1e-5 * Math.Max(1, Math.Abs(expected)));
            }
        }
    }

    [Theory]
    [InlineData("xor")]
    [InlineData("spiral")]
    public void Models_of_more_layers_get_no_formula_of_one(string name)
    {
        var workload = WorkloadCatalog.Get(name);
        var table = ((TableDataset)workload.Data).Table;
        using var cluster = Runs.Cluster(Runs.Spec(name));
        using var model = new TableModel(workload, table);

        Assert.Null(OneLayer.Of(workload, cluster.Layout, table, model));
    }

    [Theory]
    [InlineData("mnist-softmax", "differ by at most")]
    [InlineData("mnist-mlp", "dropout draws other numbers")]
    public void Images_are_told_by_index_class_and_norms(string name, string verdict)
    {
        var spec = Runs.Spec($"{name} --limit-train 300 --limit-test 1000");
        var text = string.Join('\n', ExplainCommand.Tell(spec, Runs.Data(spec), workerCount: 4, stepCount: 1));

        Assert.Matches(@"slot 3 → worker-4: samples \d+ \(\d\), \d+ \(\d\), .* … 25 in all", text);
        Assert.Matches(@"loss of the slot, the mean of 25: \d\.\d+, \d+ of 25 right\n  gradient of norm \d", text);
        Assert.Contains(verdict, text);
    }

    [Fact]
    public void Gradient_that_is_not_finite_ends_the_narration_with_the_refusal()
    {
        var spec = Runs.Spec("exam-scores --lr 1e30");
        var text = ExplainCommand.Tell(spec, Runs.Data(spec), workerCount: 1, stepCount: 5).ToList();

        Assert.Contains("is not finite: the step is refused", text[^1]);
    }

    [Theory]
    [InlineData(0.0, "0")]
    [InlineData(-28.0 / 3, "-9.333333")]
    [InlineData(1e-6, "1e-06")]
    [InlineData(29661.80078125, "29661.8")]
    public void Numbers_have_the_digits_of_a_float(double number, string text) => Assert.Equal(text, Numbers.Of(number));
}
