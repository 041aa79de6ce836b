using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Workloads;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Explain.Models;

/// <summary>One layer of a model.</summary>
/// <param name="Name">As PyTorch names it: "layer1.0".</param>
/// <param name="Kind">"Conv2d".</param>
/// <param name="OutputShape">The first dimension is the batch.</param>
/// <param name="ParameterCount">float32s that training changes.</param>
public sealed record LayerSummary(string Name, string Kind, IReadOnlyList<long> OutputShape, long ParameterCount);

/// <summary>
/// A model as a table of its layers in the order in which a batch meets them, as <c>torchsummary</c> prints it. What a forward
/// does without a layer (a ReLU called as a function, a reshape) leaves no row.
/// </summary>
/// <param name="Layers">Layers without layers of their own; the model itself last, where it has parameters of its own.</param>
/// <param name="ParameterCount">Of the whole model.</param>
public sealed record ModelSummary(IReadOnlyList<LayerSummary> Layers, long ParameterCount)
{
    /// <summary>Enough for any model: batch normalisation wants two samples.</summary>
    private const int BatchSize = 2;

    /// <summary>Sends a batch of zeros through a workload's model, and listens.</summary>
    public static ModelSummary Of(Workload workload)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = workload.CreateModel();
        var layers = new List<LayerSummary>();
        Listen(model, "", layers);
        model.call(zeros(InputShape(workload.Data)));
        return new ModelSummary(layers, Count(model.parameters()));
    }

    private static void Listen(nn.Module module, string name, List<LayerSummary> layers)
    {
        var children = module.named_children().ToList();
        foreach (var (childName, child) in children) Listen(child, name.Length == 0 ? childName : $"{name}.{childName}", layers);
        var own = Count(module.parameters(recurse: false));
        if ((children.Count > 0 && own == 0) || module is not nn.Module<Tensor, Tensor> layer) return;
        layer.register_forward_hook((_, _, output) =>
        {
            layers.Add(new LayerSummary(name, module.GetName(), output.shape, own));
            return null!;   // the output stays
        });
    }

    private static long Count(IEnumerable<Tensor> parameters) => parameters.Sum(parameter => parameter.numel());

    private static long[] InputShape(Dataset data) => data is TableDataset { Table: var table } ? [BatchSize, table.InputColumns] : [BatchSize, 1, 28, 28];
}
