using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Weights;

/// <summary>The tensors of a checkpoint, which a coordinator goes on from, and whose model can be used without the run.</summary>
/// <param name="Layout">How the values lie.</param>
/// <param name="Version">Updates until then.</param>
/// <param name="Values">float32[layout.TotalCount].</param>
/// <param name="OptimizerState">Name and float32s of each thing the optimizer remembers.</param>
public sealed record CheckpointTensors(
    ModelLayout Layout, long Version, float[] Values, IReadOnlyList<(string Name, float[] Values)> OptimizerState)
{
    /// <summary>What is put before the names of the model's tensors.</summary>
    public const string ModelPrefix = "model.";

    /// <summary>What is put before the names of what the optimizer remembers.</summary>
    public const string OptimizerPrefix = "optimizer.";

    /// <summary>The key of the hash over all the rest of the metadata, and over the names and shapes of the tensors.</summary>
    public const string HeaderHash = "headerSha256";

    /// <summary>The key of the hash of the spec that the run had; earlier builds wrote none, and their checkpoints are of any spec.</summary>
    public const string SpecHash = "specSha256";

    /// <summary>
    /// SHA-256 of a spec as compact JSON, lower-case hex. Of all of it: a run has one spec from its first coordinator to its last, and
    /// goes on for more epochs as a new run.
    /// </summary>
    /// <remarks>What the spec gains must be left out of its JSON at its default, or checkpoints of before are of another spec.</remarks>
    public static string SpecSha256(RunSpec spec) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(spec, Json.Compact)));

    /// <summary>Whether a checkpoint's metadata has the hash of another spec than this.</summary>
    /// <param name="metadata">The checkpoint's.</param>
    /// <param name="specSha256">Of the spec.</param>
    public static bool IsOfAnotherSpec(IReadOnlyDictionary<string, string> metadata, string specSha256) =>
        metadata.TryGetValue(SpecHash, out var stated) && stated != specSha256;

    /// <summary>SHA-256 of what a checkpoint says of its values: of a version, a position or a name that is damaged the values know nothing.</summary>
    /// <param name="tensors">In the order of the file, in which those of larger values come first.</param>
    /// <param name="metadata">What is under <see cref="HeaderHash"/> does not count.</param>
    public static string HeaderSha256(IEnumerable<NamedTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var said = metadata.Where(entry => entry.Key != HeaderHash).OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}\0{entry.Value}")
            .Concat(tensors.Select(tensor => $"{tensor.Name}\0{tensor.Type}\0{string.Join(',', tensor.Shape)}"));
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(said, Json.Compact)));
    }

    /// <summary>The tensors of a checkpoint's file, whose hash must be the one that it states.</summary>
    /// <exception cref="WeightsException">It is not, or something is missing.</exception>
    public static CheckpointTensors Read(SafetensorsContent content, string path)
    {
        try
        {
            if (!content.Metadata.TryGetValue(HeaderHash, out var stated))
                throw new WeightsException($"{path} does not state the hash of what it says: it is damaged, or an earlier version of MiniBatch wrote it.");
            if (stated != HeaderSha256(content.Tensors, content.Metadata))
                throw new WeightsException($"{path} is damaged: what it says of its values does not have the hash that it states.");
            var layout = ModelLayout.Parse(content.Metadata["layout"]) ?? throw new JsonException("it has no layout");
            var byName = content.Tensors.ToDictionary(tensor => tensor.Name);
            float[] values = [.. layout.Parameters.Concat(layout.Buffers).SelectMany(tensor => byName[ModelPrefix + tensor.Name].Floats.ToArray())];
            var optimizer = content.Tensors.Where(tensor => tensor.Name.StartsWith(OptimizerPrefix, StringComparison.Ordinal))
                .Select(tensor => (tensor.Name[OptimizerPrefix.Length..], tensor.Floats.ToArray())).ToList();
            if (values.Length != layout.TotalCount || ParameterHash.Sha256OfState(values, optimizer.Select(state => state.Item2)) != content.Metadata["stateSha256"])
                throw new WeightsException($"{path} is damaged: its values do not have the hash that it states.");
            return new CheckpointTensors(layout, long.Parse(content.Metadata["version"], CultureInfo.InvariantCulture), values, optimizer);
        }
        catch (Exception e) when (e is KeyNotFoundException or JsonException or FormatException or OverflowException or InvalidOperationException or ArgumentException)
        {
            throw new WeightsException($"{path} is damaged: {e.Message}", e);
        }
    }

    /// <summary>Parameters, then buffers, each by its name.</summary>
    /// <param name="layout">How the values lie.</param>
    /// <param name="values">float32[layout.TotalCount].</param>
    /// <param name="prefix">Put before every name.</param>
    public static IEnumerable<NamedTensor> Named(ModelLayout layout, float[] values, string prefix = "")
    {
        var start = 0;
        foreach (var tensor in layout.Parameters.Concat(layout.Buffers))
        {
            var count = (int)tensor.ElementCount;
            yield return NamedTensor.OfFloats(prefix + tensor.Name, tensor.Shape, values.AsSpan(start, count));
            start += count;
        }
    }
}
