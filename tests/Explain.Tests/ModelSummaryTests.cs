using MiniBatch.Explain.Models;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Explain.Tests;

/// <summary>The summary tables of the course.</summary>
public sealed class ModelSummaryTests
{
    [Fact]
    public void Perceptron_with_batch_norm_has_the_slides_39800_parameters()
    {
        var summary = ModelSummary.Of(Mlp.Mnist);

        Assert.Equal(39_800, summary.ParameterCount);
        Assert.Equal(
            [("fc1", "Linear", 39_200), ("bn1", "BatchNorm1d", 100), ("dropout", "Dropout", 0), ("fc2", "Linear", 500)],
            summary.Layers.Select(layer => (layer.Name, layer.Kind, layer.ParameterCount)));
        Assert.Equal([[2, 50], [2, 50], [2, 50], [2, 10]], summary.Layers.Select(layer => layer.OutputShape));
    }

    [Fact]
    public void Layers_of_the_convolutions_are_in_the_order_in_which_they_are_computed()
    {
        var layers = ModelSummary.Of(Cnn.Mnist).Layers;

        Assert.Equal(["Conv2d", "MaxPool2d", "ReLU", "Conv2d", "MaxPool2d", "ReLU", "Linear"], layers.Select(layer => layer.Kind));
        Assert.Equal(
            [[32, 28, 28], [32, 14, 14], [32, 14, 14], [64, 14, 14], [64, 7, 7], [64, 7, 7], [10]],
            layers.Select(layer => layer.OutputShape.Skip(1)));
    }

    [Fact]
    public void Model_with_parameters_of_its_own_has_a_row() =>
        Assert.Equal(("", "HoursPoints", 2), ModelSummary.Of(HoursPoints.Workload).Layers.Select(layer => (layer.Name, layer.Kind, layer.ParameterCount)).Single());

    [Fact]
    public void Every_workload_has_layers_that_account_for_all_its_parameters() => Assert.All(WorkloadCatalog.All, workload =>
    {
        var summary = ModelSummary.Of(workload);
        Assert.Equal(summary.ParameterCount, summary.Layers.Sum(layer => layer.ParameterCount));
    });
}
