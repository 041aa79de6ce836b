using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Weights;

/// <summary>
/// The values that a run starts from instead of its seed's version 0, and what they are. They are copied into the run's directory
/// before its spec is written: it depends on no other file from then on, and verifying reads them there.
/// </summary>
/// <param name="Origin">What they are; goes into the spec.</param>
/// <param name="Content">A checkpoint of the run that is gone on with, or named float32 tensors.</param>
/// <param name="Path">Where they were read.</param>
public sealed record StartingPoint(RunOrigin Origin, SafetensorsContent Content, string Path)
{
    /// <summary>Where a completed run ended: its last checkpoint.</summary>
    /// <param name="directory">The run's; only read.</param>
    /// <param name="spec">The run's.</param>
    /// <exception cref="UserErrorException">Its checkpoint is not that of its end or of its spec, or there is none.</exception>
    /// <exception cref="WeightsException">The checkpoint is damaged.</exception>
    public static StartingPoint OfRun(RunDirectory directory, RunSpec spec)
    {
        var path = directory.NewestCheckpoint
            ?? throw new UserErrorException($"{directory.Root} has no checkpoint to go on from; start a new run from its weights with --init-from {directory.Root}");
        var content = Safetensors.Read(path);
        var tensors = CheckpointTensors.Read(content, path);
        var state = content.Metadata["stateSha256"];
        if (state != directory.ReadSummary()?.StateSha256 || tensors.Version != spec.Epochs * spec.UpdatesPerEpoch)
            throw new UserErrorException($"{path} is not the version that summary.json says the run ended with; start a new run from its weights with --init-from {directory.Root}");
        if (CheckpointTensors.IsOfAnotherSpec(content.Metadata, CheckpointTensors.SpecSha256(spec)))
            throw new UserErrorException($"{directory.Spec} has changed since {path} was written; undo the change, or start a new run from its weights with --init-from {directory.Root}");
        return new StartingPoint(
            new RunOrigin { Run = spec.Run.Value, Version = tensors.Version, Epochs = spec.Epochs, StateSha256 = state }, content, path);
    }

    /// <summary>Weights. Counters of layers are left out: they count the run's own steps.</summary>
    /// <param name="path">A run's directory, a model file, a checkpoint, or another program's safetensors.</param>
    /// <param name="workload">The workload that is trained.</param>
    /// <exception cref="WeightsException">Missing, damaged, or not finite.</exception>
    /// <exception cref="UserErrorException">It says that it is another workload's, or the directory has no model.</exception>
    public static StartingPoint OfModel(string path, string workload)
    {
        var model = ModelFile.ReadFor(path, workload);
        List<NamedTensor> floats = [.. model.Tensors.Where(tensor => tensor.Type == TensorType.F32)];
        return new StartingPoint(
            new RunOrigin { Run = model.Origin.Run, Version = model.Origin.Version, WeightsSha256 = ParameterHash.Sha256OfTensors(floats) },
            new SafetensorsContent(floats, new Dictionary<string, string> { ["format"] = "pt", ["workload"] = workload }), model.Path);
    }

    /// <summary>What a run's own directory has of its origin.</summary>
    /// <param name="directory">The run's.</param>
    /// <param name="origin">As its spec says.</param>
    /// <exception cref="WeightsException">It is missing or damaged, or not what the spec says.</exception>
    public static StartingPoint Of(RunDirectory directory, RunOrigin origin)
    {
        var path = directory.Origin;
        var content = Safetensors.Read(directory.Files, path);
        var isIt = origin.IsContinued
            ? content.Metadata.GetValueOrDefault("run") == origin.Run && CheckpointTensors.Read(content, path).Version == origin.Version
                && content.Metadata["stateSha256"] == origin.StateSha256
            : ParameterHash.Sha256OfTensors(content.Tensors) == origin.WeightsSha256;
        return isIt
            ? new StartingPoint(origin, content, path)
            : throw new WeightsException($"{path} is not what spec.json says the run started from ({origin}).");
    }

    /// <summary>Copies the values into a run's directory.</summary>
    /// <exception cref="WeightsException">They can't be written.</exception>
    public void WriteTo(RunDirectory directory) => Safetensors.Write(directory.Files, directory.Origin, Content.Tensors, Content.Metadata);

    /// <summary>The weights as a version 0: float32[layout.TotalCount].</summary>
    /// <param name="layout">Of the workload's model.</param>
    /// <param name="workload">Its name.</param>
    /// <exception cref="WeightsException">They are another model's: the first tensor that does not fit is named.</exception>
    public float[] ValuesFor(ModelLayout layout, string workload)
    {
        var byName = Content.Tensors.ToDictionary(tensor => tensor.Name);
        var values = new List<float>(layout.TotalCount);
        foreach (var wanted in layout.Parameters.Concat(layout.Buffers))
        {
            if (!byName.Remove(wanted.Name, out var stored))
                throw new WeightsException($"{Path} has no tensor {wanted.Name}, which the model of {workload} has: it is another model's.");
            if (!stored.Shape.SequenceEqual(wanted.Shape))
                throw new WeightsException($"{Path} has {wanted.Name} as {Text(stored.Shape)}, and the model of {workload} as {Text(wanted.Shape)}: it is another model's.");
            values.AddRange(stored.Floats);
        }
        return byName.Count == 0
            ? [.. values]
            : throw new WeightsException($"{Path} has a tensor {byName.Keys.First()}, which the model of {workload} has not: it is another model's.");
    }

    private static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
