using System.Globalization;
using MiniBatch.Shared.Files;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Shared.Weights;

/// <summary>What is known of where weights come from.</summary>
/// <param name="Workload">The workload whose model they are of.</param>
/// <param name="Run">The run's id; null where another program made them.</param>
/// <param name="Version">Updates that made it; null where that is not known.</param>
/// <param name="CpuCapability">What the run's kernels used: an evaluation with the same has the same bits. Null where that is not
/// known.</param>
public sealed record ModelOrigin(string Workload, string? Run = null, long? Version = null, CpuCapability? CpuCapability = null);

/// <summary>A model as a file has it.</summary>
/// <param name="Path">The file that was read.</param>
/// <param name="Tensors">By PyTorch's names: parameters, buffers and counters.</param>
/// <param name="Workload">Whose model it is.</param>
/// <param name="Origin">Where it comes from.</param>
public sealed record TrainedModel(string Path, IReadOnlyList<NamedTensor> Tensors, Workload Workload, ModelOrigin Origin);

/// <summary>
/// Files of trained weights: <c>model.safetensors</c> of a run, which PyTorch loads as a <c>state_dict</c> and which says in its
/// metadata what it is; checkpoints; and safetensors of other programs.
/// </summary>
public static class ModelFile
{
    private const string DataParallelPrefix = "module.";

    /// <summary>Writes a model file, atomically.</summary>
    /// <param name="path">Its folder must exist.</param>
    /// <param name="tensors">By PyTorch's names.</param>
    /// <param name="origin">Goes into the metadata.</param>
    /// <exception cref="WeightsException">It cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<NamedTensor> tensors, ModelOrigin origin) => Write(LocalFileSystem.Instance, path, tensors, origin);

    /// <summary>The same, on a disk of one's choice.</summary>
    public static void Write(IFileSystem files, string path, IReadOnlyList<NamedTensor> tensors, ModelOrigin origin)
    {
        var metadata = new Dictionary<string, string>
        {
            ["format"] = "pt",   // by which Hugging Face's libraries know PyTorch's layout
            ["workload"] = origin.Workload,
            ["tensorsSha256"] = ParameterHash.Sha256OfTensors(tensors),
        };
        if (origin.Run is { } run) metadata["run"] = run;
        if (origin.Version is { } version) metadata["version"] = version.ToString(CultureInfo.InvariantCulture);
        if (origin.CpuCapability is { } capability) metadata["cpuCapability"] = capability.ToString().ToLowerInvariant();
        Safetensors.Write(files, path, tensors, metadata);
    }

    /// <summary>Reads a model and finds out whose it is: from the file's metadata, else from the <c>spec.json</c> of the run that
    /// it lies in, else from the user.</summary>
    /// <param name="path">A model file, a checkpoint, or a run directory: its model, else its newest checkpoint.</param>
    /// <param name="workload"><c>--workload</c>, or null.</param>
    /// <param name="read">What reads the file; null for <see cref="Safetensors.Read"/>.</param>
    /// <exception cref="WeightsException">Missing, damaged, no file that is read, or not finite.</exception>
    /// <exception cref="UserErrorException">Nobody says whose model it is, or the user says otherwise than the file; or the
    /// directory has none.</exception>
    public static TrainedModel Read(string path, string? workload, Func<string, SafetensorsContent>? read = null)
    {
        var (file, tensors, origin) = Open(path, read ?? Safetensors.Read);
        if (origin is not null && workload is not null && workload != origin.Workload)
            throw new UserErrorException($"{file} is a model of {origin.Workload}, not of {workload}; leave --workload out", UserErrorException.Usage);
        origin ??= workload is not null
            ? new ModelOrigin(WorkloadCatalog.Get(workload).Name)
            : throw new UserErrorException(
                $"{file} does not say which workload it is of; add --workload with one of {string.Join(", ", WorkloadCatalog.All.Select(known => known.Name))}",
                UserErrorException.Usage);
        return Trained(file, tensors, origin);
    }

    /// <summary>Reads a model that is to be one of a workload; a file that does not say whose it is is taken for that.</summary>
    /// <param name="path">As for <see cref="Read"/>.</param>
    /// <param name="workload">Name of a workload in the catalogue.</param>
    /// <exception cref="WeightsException">Missing, damaged, no safetensors file, or not finite.</exception>
    /// <exception cref="UserErrorException">It is another workload's; or the directory has none.</exception>
    public static TrainedModel ReadFor(string path, string workload)
    {
        var (file, tensors, origin) = Open(path, Safetensors.Read);
        return origin is null || origin.Workload == workload
            ? Trained(file, tensors, origin ?? new ModelOrigin(workload))
            : throw new UserErrorException($"{file} is a model of {origin.Workload}, and {workload} is to be trained", UserErrorException.Usage);
    }

    private static (string File, IReadOnlyList<NamedTensor> Tensors, ModelOrigin? Origin) Open(string path, Func<string, SafetensorsContent> read)
    {
        var file = Directory.Exists(path) ? InRunDirectory(new RunDirectory(path)) : path;
        var content = read(file);
        var (tensors, origin) = content.Metadata.ContainsKey("checkpoint") ? ReadCheckpoint(content, file) : ReadModel(content, file);
        return (file, tensors, origin ?? (SpecAround(file) is { } spec ? OriginIn(spec, version: null) : null));
    }

    private static TrainedModel Trained(string file, IReadOnlyList<NamedTensor> tensors, ModelOrigin origin)
    {
        var known = WorkloadCatalog.All.FirstOrDefault(known => known.Name == origin.Workload)
            ?? throw new WeightsException($"{file} is a model of the workload '{origin.Workload}', which this program does not have.");
        RequireFinite(tensors, file);
        return new TrainedModel(file, tensors, known, origin);
    }

    private static string InRunDirectory(RunDirectory directory)
    {
        if (File.Exists(directory.Model)) return directory.Model;
        return directory.NewestCheckpoint ?? throw new UserErrorException(
            $"{directory.Root} holds neither a model nor a checkpoint; name a directory that a run has left, or a safetensors file", UserErrorException.Usage);
    }

    private static (IReadOnlyList<NamedTensor>, ModelOrigin?) ReadModel(SafetensorsContent content, string path)
    {
        var metadata = content.Metadata;
        if (metadata.TryGetValue("tensorsSha256", out var hash) && hash != ParameterHash.Sha256OfTensors(content.Tensors))
            throw new WeightsException($"{path} is damaged: its values do not have the hash that it states.");
        if (!metadata.TryGetValue("workload", out var workload)) return (WithoutDataParallel(content.Tensors), null);
        return (content.Tensors, new ModelOrigin(
            workload,
            metadata.GetValueOrDefault("run"),
            long.TryParse(metadata.GetValueOrDefault("version"), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null,
            Enum.TryParse<CpuCapability>(metadata.GetValueOrDefault("cpuCapability"), ignoreCase: true, out var capability) ? capability : null));
    }

    /// <summary>PyTorch's <c>DataParallel</c> and <c>DistributedDataParallel</c> wrap a model under the name <c>module</c>.</summary>
    private static IReadOnlyList<NamedTensor> WithoutDataParallel(IReadOnlyList<NamedTensor> tensors) =>
        tensors.All(tensor => tensor.Name.StartsWith(DataParallelPrefix, StringComparison.Ordinal))
            ? [.. tensors.Select(tensor => tensor.Renamed(tensor.Name[DataParallelPrefix.Length..]))]
            : tensors;

    /// <summary>A checkpoint's model; its counters are the run's steps until then, and its workload is the run's around it.</summary>
    private static (IReadOnlyList<NamedTensor>, ModelOrigin?) ReadCheckpoint(SafetensorsContent content, string path)
    {
        var (layout, version, values, _) = CheckpointTensors.Read(content, path);
        var spec = SpecAround(path);
        var steps = version / (spec?.Mode.UpdatesPerStep(spec.Slots) ?? 1);
        var counters = layout.Counters.Select(counter => NamedTensor.OfInt64s(counter.Name, counter.Shape, [steps]));
        return ([.. CheckpointTensors.Named(layout, values), .. counters], spec is null ? null : OriginIn(spec, version));
    }

    private static ModelOrigin OriginIn(RunSpec spec, long? version) => new(spec.Workload, spec.Run.Value, version, spec.CpuCapability);

    /// <summary>The spec of the run whose directory a file lies in; null where it lies in none.</summary>
    private static RunSpec? SpecAround(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var run = new RunDirectory(Path.GetFileName(folder) == "checkpoints" ? Path.GetDirectoryName(folder)! : folder);
        return File.Exists(run.Spec) ? run.ReadSpec() : null;
    }

    private static void RequireFinite(IReadOnlyList<NamedTensor> tensors, string path)
    {
        foreach (var tensor in tensors.Where(tensor => tensor.Type == TensorType.F32))
        {
            foreach (var value in tensor.Floats)
            {
                if (!float.IsFinite(value)) throw new WeightsException($"{path} has a value in {tensor.Name} that is no finite number: its training exploded, or it is damaged.");
            }
        }
    }
}
