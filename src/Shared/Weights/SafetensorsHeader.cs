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
        var dtype = Required(entry, "dtype", path).GetString();
        var type = dtype == nameof(TensorType.I64) ? TensorType.I64 : TensorType.F32;
        var size = dtype is nameof(TensorType.F32) or nameof(TensorType.I64)
            ? NamedTensor.SizeOf(type)
            : StoredFloats.SizeOf(dtype) ?? throw Safetensors.Malformed(path, $"{entry.Name} is of type {dtype}, only F16, BF16, F32, F64 and I64 are read");
        var shape = Required(entry, "shape", path).EnumerateArray().Select(size => size.GetInt64()).ToArray();
        var offsets = Required(entry, "data_offsets", path)
            .EnumerateArray().Select(offset => offset.GetInt64()).ToArray();
        if (offsets is not [>= 0 and var start, var end] || end < start)
            throw Safetensors.Malformed(path, $"{entry.Name} has impossible offsets");
        if (end > data.Length)
            throw Safetensors.Malformed(
                path, $"{entry.Name} ends at {end} of {data.Length} bytes of data: it is truncated");
        // Of what is kept, too: float32 may take more room than the file.
        if (NamedTensor.ByteCountOf(shape, size) != end - start || NamedTensor.ByteCountOf(shape, NamedTensor.SizeOf(type)) < 0)
            throw Safetensors.Malformed(
                path, $"{entry.Name} has {end - start} bytes, which are not {dtype}[{string.Join(", ", shape)}]");
        var bytes = data[(int)start..(int)end];
        if (StoredFloats.SizeOf(dtype) is not null) bytes = ToFloat32(entry.Name, dtype!, bytes.Span, path);
        return (start, end, NamedTensor.OfBytes(entry.Name, shape, type, bytes));
    }

    private static byte[] ToFloat32(string name, string dtype, ReadOnlySpan<byte> bytes, string path)
    {
        try
        {
            return StoredFloats.ToFloat32(dtype, bytes);
        }
        catch (OverflowException e)
        {
            throw new WeightsException($"{path} has a value in {name} that is {e.Message}.", e);
        }
    }

    private static JsonElement Required(JsonProperty entry, string key, string path) =>
        entry.Value.TryGetProperty(key, out var value)
            ? value
            : throw Safetensors.Malformed(path, $"{entry.Name} has no {key}");
}
