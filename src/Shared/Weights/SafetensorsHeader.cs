using System.Text.Json;

namespace MiniBatch.Shared.Weights;

/// <summary>The checks that a safetensors header must pass before its tensors are believed.</summary>
internal static class SafetensorsHeader
{
    /// <exception cref="WeightsException">Anything that the format does not allow.</exception>
    public static SafetensorsContent Parse(ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> data, string path)
    {
        try
        {
            using var json = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8 });
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw Safetensors.Malformed(path, "its header is not a JSON object");
            return Parse(json.RootElement, data, path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // InvalidOperation and Format: a JSON value of another kind, or a number out of range, where one was read.
            throw Safetensors.Malformed(path, $"its header is malformed ({e.Message.TrimEnd('.')})", e);
        }
    }

    private static SafetensorsContent Parse(JsonElement header, ReadOnlyMemory<byte> data, string path)
    {
        var metadata = new Dictionary<string, string>();
        var names = new HashSet<string>();
        var tensors = new List<(long Start, long End, NamedTensor Tensor)>();
        foreach (var entry in header.EnumerateObject())
        {
            if (!names.Add(entry.Name))
                throw Safetensors.Malformed(path, $"it has two entries {entry.Name}");
            if (entry.Name == "__metadata__")
            {
                foreach (var text in entry.Value.EnumerateObject())
                    metadata[text.Name] = text.Value.GetString() ?? "";
            }
            else
            {
                tensors.Add(ParseTensor(entry, data, path));
            }
        }

        // By end as well: an empty tensor shares its start with the one after it.
        tensors.Sort((a, b) => (a.Start, a.End).CompareTo((b.Start, b.End)));
        long expected = 0;
        foreach (var (start, end, tensor) in tensors)
        {
            if (start != expected)
                throw Safetensors.Malformed(
                    path, $"{tensor.Name} starts at {start} where {expected} is expected (a gap or an overlap)");
            expected = end;
        }

        return expected == data.Length
            ? new SafetensorsContent(tensors.ConvertAll(item => item.Tensor), metadata)
            : throw Safetensors.Malformed(path, $"it has {data.Length} bytes of data where its header describes {expected}");
    }

    private static (long Start, long End, NamedTensor Tensor) ParseTensor(
        JsonProperty entry, ReadOnlyMemory<byte> data, string path)
    {
        var type = Required(entry, "dtype", path).GetString() switch
        {
            "F32" => TensorType.F32,
            "I64" => TensorType.I64,
            var other => throw Safetensors.Malformed(path, $"{entry.Name} is of type {other}, only F32 and I64 are read"),
        };
        var shape = Required(entry, "shape", path).EnumerateArray().Select(size => size.GetInt64()).ToArray();
        var offsets = Required(entry, "data_offsets", path)
            .EnumerateArray().Select(offset => offset.GetInt64()).ToArray();
        if (offsets is not [>= 0 and var start, var end] || end < start)
            throw Safetensors.Malformed(path, $"{entry.Name} has impossible offsets");
        if (end > data.Length)
            throw Safetensors.Malformed(
                path, $"{entry.Name} ends at {end} of {data.Length} bytes of data: it is truncated");
        if (NamedTensor.ByteCountOf(shape, type) != end - start)
            throw Safetensors.Malformed(
                path, $"{entry.Name} has {end - start} bytes, which are not {type}[{string.Join(", ", shape)}]");
        return (start, end, NamedTensor.OfBytes(entry.Name, shape, type, data[(int)start..(int)end]));
    }

    private static JsonElement Required(JsonProperty entry, string key, string path) =>
        entry.Value.TryGetProperty(key, out var value)
            ? value
            : throw Safetensors.Malformed(path, $"{entry.Name} has no {key}");
}
