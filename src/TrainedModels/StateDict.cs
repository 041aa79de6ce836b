using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.TrainedModels;

/// <summary>Between the tensors of a file and those of a model in memory, by name.</summary>
public static class StateDict
{
    /// <summary>The workload's model with a file's values, in evaluation mode, on the CPU. The caller disposes.</summary>
    /// <exception cref="WeightsException">The file has other tensors than the model: the first is named.</exception>
    public static nn.Module<Tensor, Tensor> Load(TrainedModel trained)
    {
        Libtorch.Load();
        var model = trained.Workload.CreateModel();
        try
        {
            Fill(model.state_dict(), trained);
            model.eval();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The same, to be evaluated by one thread with the run's own kernels where this machine has them: so that figures are
    /// those that the run had. Loads libtorch, unless it is.</summary>
    /// <exception cref="WeightsException">The file has other tensors than the model: the first is named.</exception>
    public static nn.Module<Tensor, Tensor> LoadToEvaluate(TrainedModel trained)
    {
        KernelPins.Apply(Processor.AtMost(trained.Origin.CpuCapability ?? Processor.CapabilityDefault));
        set_num_threads(1);
        return Load(trained);
    }

    /// <summary>A model's tensors with the names, shapes and types that PyTorch's <c>state_dict</c> has; copied.</summary>
    public static IReadOnlyList<NamedTensor> Save(nn.Module model) =>
        [.. model.state_dict().Select(entry => NamedTensor.OfBytes(entry.Key, entry.Value.shape, TypeOf(entry.Value), entry.Value.bytes.ToArray()))];

    private static void Fill(Dictionary<string, Tensor> state, TrainedModel trained)
    {
        var workload = trained.Workload.Name;
        var byName = trained.Tensors.ToDictionary(tensor => tensor.Name);
        foreach (var (name, tensor) in state)
        {
            if (!byName.Remove(name, out var stored))
                throw new WeightsException($"{trained.Path} has no tensor {name}, which the model of {workload} has: it is another model's.");
            var (has, wants) = (Describe(stored.Type, stored.Shape), Describe(TypeOf(tensor), tensor.shape));
            if (has != wants)
                throw new WeightsException($"{trained.Path} has {name} as {has}, and the model of {workload} as {wants}: it is another model's.");
            stored.Bytes.Span.CopyTo(tensor.bytes);
        }
        if (byName.Count > 0)
            throw new WeightsException($"{trained.Path} has a tensor {byName.Keys.First()}, which the model of {workload} has not: it is another model's.");
    }

    private static TensorType TypeOf(Tensor tensor) => tensor.dtype == ScalarType.Int64 ? TensorType.I64 : TensorType.F32;

    private static string Describe(TensorType type, IReadOnlyList<long> shape) => $"{type}[{string.Join(", ", shape)}]";
}
