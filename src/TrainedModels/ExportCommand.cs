using System.CommandLine;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using TorchSharp;

namespace MiniBatch.TrainedModels;

/// <summary>
/// <c>export</c>: a trained model for another program. The file is loaded into the model that it is said to be of, and what is
/// written is that model.
/// </summary>
public static class ExportCommand
{
    /// <summary>What is typed.</summary>
    public const string Name = "export";

    private enum Format
    {
        Safetensors,
        PyTorch,
        TorchSharp,
    }

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var model = ModelFlags.Model();
        var workload = ModelFlags.Workload();
        var to = Flag.Path("--to", "the file to write; .safetensors, .pt or .dat says the format as well", "FILE");
        to.Required = true;
        var format = Flag.Choice(
            "--format", "safetensors: for safetensors.torch; pytorch: what torch.load reads; torchsharp: what module.load of TorchSharp reads [by the name of --to]",
            ("safetensors", Format.Safetensors), ("pytorch", Format.PyTorch), ("torchsharp", Format.TorchSharp));
        var command = new Command(Name, "Writes a trained model for PyTorch or TorchSharp.") { model, workload, to, format };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(to)!;
            var chosen = parsed.GetValue(format) ?? FormatOf(path);
            Export(StateDictFile.ReadModel(parsed.GetValue(model)!, parsed.GetValue(workload)), path, chosen);
        });
        return command;
    }

    private static Format FormatOf(string path) => Path.GetExtension(path) switch
    {
        ".safetensors" => Format.Safetensors,
        ".pt" or ".pth" => Format.PyTorch,
        ".dat" => Format.TorchSharp,
        var other => throw new UserErrorException(
            $"--to {path}: '{other}' is the name of no format; end it with .safetensors, .pt or .dat, or add --format safetensors|pytorch|torchsharp", UserErrorException.Usage),
    };

    private static void Export(TrainedModel trained, string path, Format format)
    {
        using var model = StateDict.Load(trained);
        var tensors = StateDict.Save(model);
        if (format == Format.Safetensors) ModelFile.Write(path, tensors, trained.Origin);
        else if (format == Format.PyTorch) StateDictFile.Write(path, model);
        else WriteTorchSharp(model, path);
        var parameters = model.parameters().Sum(parameter => parameter.numel());
        Console.WriteLine(FormattableString.Invariant(
            $"{path}: the model of {trained.Workload.Name} in {tensors.Count} tensors, {parameters:N0} parameters, from {trained.Path}"));
    }

    private static void WriteTorchSharp(torch.nn.Module model, string path)
    {
        using var stream = new MemoryStream();
        model.save(stream);
        try
        {
            AtomicFile.Write(path, stream.ToArray());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightsException($"{path} cannot be written: {e.Message}", e);
        }
    }
}
