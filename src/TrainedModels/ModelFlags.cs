using System.CommandLine;
using MiniBatch.Shared.CommandLine;

namespace MiniBatch.TrainedModels;

/// <summary>The flags by which <c>predict</c> and <c>export</c> are told of a model.</summary>
internal static class ModelFlags
{
    /// <summary>The file, or where it is.</summary>
    public static Option<string?> Model()
    {
        var model = Flag.Path(
            "--model", "a run's directory, its model.safetensors, a checkpoint, or another program's: safetensors, or PyTorch's state dict (.pt)", "FILE|RUN-DIR");
        model.Required = true;
        return model;
    }

    /// <summary>Whose model it is, where the file does not say.</summary>
    public static Option<string?> Workload() => Flag.Text("--workload", "whose model it is [what the file says, or the run that it lies in]", "NAME");
}
