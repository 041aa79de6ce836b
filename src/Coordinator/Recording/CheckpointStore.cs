using System.Globalization;
using System.Text.Json;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.Recording;

/// <summary>
/// The checkpoints of a run, <c>checkpoints/&lt;version&gt;.safetensors</c>: the tensors by name, everything else as metadata, a
/// SHA-256 over all values, and one over what is said of them. Written beside, synced, renamed: a crash leaves the one before. What is
/// saved has the hash of the run's spec, and what has another's is not gone on from.
/// </summary>
public sealed class CheckpointStore(RunDirectory directory, RunSpec spec, Incarnation incarnation)
{
    /// <summary>The newest, and two to fall back on.</summary>
    public const int KeptDefault = 3;

    private const string Format = "3";

    private readonly Dictionary<string, long> _incarnations = [];   // of the files that were looked at or written
    private readonly string _specSha256 = CheckpointTensors.SpecSha256(spec);
    private (ModelLayout? Layout, string Json) _layout = (null, "");

    /// <summary>Checkpoints that are kept, ≥ 1; of one alone a damaged disk leaves nothing to go on from.</summary>
    public int Kept { get; init; } = KeptDefault;

    /// <summary>Writes a checkpoint, then removes the oldest beyond <see cref="Kept"/>.</summary>
    /// <exception cref="WeightsException">It can't be written.</exception>
    /// <exception cref="UserErrorException">Another coordinator has started on the directory.</exception>
    public void Save(Checkpoint checkpoint)
    {
        RunLock.RequireCurrent(directory, incarnation);
        directory.Files.CreateFolder(directory.Checkpoints);
        var model = checkpoint.Model;
        var tensors = model.Tensors(CheckpointTensors.ModelPrefix).ToList();
        tensors.AddRange(model.OptimizerState.Select(state =>
            NamedTensor.OfFloats(CheckpointTensors.OptimizerPrefix + state.Name, [state.Values.Length], state.Values)));
        var metadata = new Dictionary<string, string>
        {
            ["checkpoint"] = Format,
            ["run"] = spec.Run.Value,
            ["incarnation"] = incarnation.ToString(),
            ["version"] = model.Version.ToString(CultureInfo.InvariantCulture),
            ["layout"] = LayoutJson(model.Layout),
            ["position"] = JsonSerializer.Serialize(checkpoint.Position, Json.Compact),
            ["counters"] = JsonSerializer.Serialize(model.Counters, Json.Compact),
            ["ledger"] = JsonSerializer.Serialize(checkpoint.Ledger, Json.Compact),
            ["epochs"] = JsonSerializer.Serialize(checkpoint.Epochs, Json.Compact),
            ["arithmetic"] = JsonSerializer.Serialize(checkpoint.Arithmetic, Json.Compact),
            ["stateSha256"] = model.StateSha256(),
        };
        metadata[CheckpointTensors.SpecHash] = _specSha256;
        metadata[CheckpointTensors.HeaderHash] = CheckpointTensors.HeaderSha256(tensors, metadata);
        var written = PathOf(model.Version);
        Safetensors.Write(directory.Files, written, tensors, metadata);
        _incarnations[written] = incarnation.Value;
        if (Files().Count <= Kept) return;
        // What was just written stays, whatever else lies there; of the others those go first that nobody can read.
        var others = Newest().Where(path => path != written).OrderBy(path => IncarnationOf(path) == long.MaxValue).ToList();
        foreach (var old in others.Skip(Kept - 1))
        {
            directory.Files.Delete(old);
            _incarnations.Remove(old);
        }
    }

    /// <summary>The newest sound checkpoint; null where there is none.</summary>
    /// <param name="say">Told of each damaged one that is passed over.</param>
    /// <exception cref="UserErrorException">It is of another spec: then none before it is taken.</exception>
    public Checkpoint? LoadNewest(Action<string> say)
    {
        // What a crash in the middle of a write left beside its name.
        foreach (var torn in directory.Files.List(directory.Checkpoints, AtomicFile.TemporarySuffix)) directory.Files.Delete(torn);
        foreach (var path in Newest())
        {
            try
            {
                return Load(path);
            }
            catch (WeightsException e)
            {
                say($"{e.Message} Falling back to the checkpoint before.");
            }
        }
        return null;
    }

    /// <summary>The same in every checkpoint of a run.</summary>
    private string LayoutJson(ModelLayout layout)
    {
        if (_layout.Layout != layout) _layout = (layout, JsonSerializer.Serialize(layout, Json.Compact));
        return _layout.Json;
    }

    private string PathOf(long version) => Path.Combine(directory.Checkpoints, $"{version:D10}.safetensors");

    /// <summary>
    /// The last coordinator's first: one that was stopped and is woken may still write a version, whose steps are not in the ledger any
    /// more. A file that does not say whose it is counts as the last one's, and is found damaged when it is loaded.
    /// </summary>
    private IEnumerable<string> Newest() => Files().OrderByDescending(IncarnationOf).ThenByDescending(path => path, StringComparer.Ordinal);

    private IReadOnlyList<string> Files() => directory.Files.List(directory.Checkpoints, ".safetensors");

    private long IncarnationOf(string path)
    {
        if (_incarnations.TryGetValue(path, out var known)) return known;
        try
        {
            return _incarnations[path] = long.Parse(Safetensors.ReadMetadata(directory.Files, path)["incarnation"], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is WeightsException or KeyNotFoundException or FormatException or OverflowException)
        {
            return long.MaxValue;
        }
    }

    private Checkpoint Load(string path)
    {
        var content = Safetensors.Read(directory.Files, path);
        var checkpoint = Of(content, path, spec.Run);
        // Last: what a damaged one says of its spec counts for nothing.
        return CheckpointTensors.IsOfAnotherSpec(content.Metadata, _specSha256)
            ? throw new UserErrorException(
                $"{directory.Spec} has changed since {path} was written: undo the change and resume again, or start a new run, from these weights with --init-from {path}")
            : checkpoint;
    }

    /// <summary>Where another run ended, as the beginning of this one: with its arithmetic and the updates that it left out, but with
    /// faults, ledger and epochs of this run's own.</summary>
    /// <param name="point">A completed run's.</param>
    /// <param name="spec">This run's.</param>
    /// <exception cref="WeightsException">It is damaged.</exception>
    public static Checkpoint Of(StartingPoint point, RunSpec spec)
    {
        var end = Of(point.Content, point.Path, new RunId(point.Origin.Run!));
        var counters = new ExchangeCounters(0, 0, 0, 0, end.Model.Counters.UpdatesSkipped, end.Model.Counters.UpdatesClipped);
        return end with { Model = end.Model with { Counters = counters }, Ledger = LedgerMark.StartOf(spec), Epochs = [] };
    }

    private static Checkpoint Of(SafetensorsContent content, string path, RunId run)
    {
        try
        {
            var metadata = content.Metadata;
            if (metadata["checkpoint"] != Format) throw new WeightsException($"{path} is a checkpoint of format {metadata["checkpoint"]}, this program reads {Format}.");
            if (metadata["run"] != run.Value) throw new WeightsException($"{path} is a checkpoint of run {metadata["run"]}, not of {run.Value}.");
            var (layout, version, values, optimizer) = CheckpointTensors.Read(content, path);
            var model = new ModelSnapshot(layout, version, values, optimizer, Read<ExchangeCounters>(metadata["counters"]));
            return new Checkpoint(
                model, Read<RunPosition>(metadata["position"]), Read<LedgerMark>(metadata["ledger"]),
                Read<List<EpochSummary>>(metadata["epochs"]), JsonSerializer.Deserialize<Arithmetic>(metadata["arithmetic"], Json.Compact));
        }
        catch (Exception e) when (e is KeyNotFoundException or JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw new WeightsException($"{path} is damaged: {e.Message}", e);
        }
    }

    private static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Json.Compact) ?? throw new JsonException("empty");
}
