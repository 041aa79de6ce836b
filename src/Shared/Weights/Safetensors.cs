using System.Buffers.Binary;
using System.Text.Json;
using MiniBatch.Shared.Files;

namespace MiniBatch.Shared.Weights;

/// <summary>What a safetensors file holds.</summary>
/// <param name="Tensors">In the order of their bytes.</param>
/// <param name="Metadata">Free text; empty if the file has none.</param>
public sealed record SafetensorsContent(IReadOnlyList<NamedTensor> Tensors, IReadOnlyDictionary<string, string> Metadata);

/// <summary>
/// The safetensors format: weights that PyTorch, JAX and browsers load, and that cannot run code when loaded.
/// </summary>
/// <remarks>
/// uint64 header length · JSON header {name: {dtype, shape, data_offsets}} · bytes. Source: the format section of
/// huggingface/safetensors' README. Read as strictly as written there: no gap, no overlap, nothing beyond.
/// </remarks>
public static class Safetensors
{
    /// <summary>The longest header that is read; ours take about 100 bytes a tensor.</summary>
    public const int HeaderBytesMax = 16 << 20;

    private const string MetadataKey = "__metadata__";
    private const int Alignment = sizeof(ulong);

    /// <summary>Writes atomically (<see cref="AtomicFile"/>).</summary>
    /// <param name="path">Its folder must exist.</param>
    /// <param name="tensors">Names must be unique; int64 tensors are put first, so that all are aligned.</param>
    /// <param name="metadata">Free text, or null.</param>
    /// <exception cref="WeightsException">It cannot be written; an earlier file of that name is untouched.</exception>
    public static void Write(
        string path, IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        Write(LocalFileSystem.Instance, path, tensors, metadata);

    /// <summary>The same, on a disk of one's choice.</summary>
    public static void Write(
        IFileSystem files, string path, IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = tensors.OrderByDescending(tensor => NamedTensor.SizeOf(tensor.Type)).ToList();
        try
        {
            AtomicFile.Write(files, path, [WriteHeader(ordered, metadata), .. ordered.Select(tensor => tensor.Bytes)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightsException($"{path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Reads and checks a whole file. F16, BF16 and F64 become float32.</summary>
    /// <exception cref="WeightsException">It is missing, unreadable, truncated, too long or malformed, or a value is too large for
    /// float32.</exception>
    public static SafetensorsContent Read(string path) => Read(LocalFileSystem.Instance, path);

    /// <summary>The same, from a disk of one's choice.</summary>
    public static SafetensorsContent Read(IFileSystem files, string path)
    {
        try
        {
            var file = files.ReadAllBytes(path);
            if (file.Length < sizeof(ulong))
                throw Malformed(path, "it ends within its header");
            if (file is [(byte)'P', (byte)'K', ..])
                throw Malformed(path, "it is an archive such as torch.save writes; ./cluster export --model FILE --workload NAME --to OTHER.safetensors makes one of it");
            var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(file);
            if (headerLength > HeaderBytesMax)
                throw Malformed(path, $"its header would have {headerLength} bytes");
            if (headerLength > (ulong)file.Length - sizeof(ulong))
                throw Malformed(path, "it ends within its header");
            var dataStart = sizeof(ulong) + (int)headerLength;
            return SafetensorsHeader.Parse(
                file.AsMemory(sizeof(ulong), (int)headerLength), file.AsMemory(dataStart), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightsException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads a file's metadata alone: whatever its values are, this reads a few kilobytes.</summary>
    /// <exception cref="WeightsException">As for <see cref="Read(string)"/>, of the header.</exception>
    public static IReadOnlyDictionary<string, string> ReadMetadata(IFileSystem files, string path)
    {
        try
        {
            using var file = files.Open(path, FileMode.Open, FileShare.Read);
            var length = new byte[sizeof(ulong)];
            file.Read(0, length);
            var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(length);
            if (headerLength > HeaderBytesMax || headerLength > (ulong)file.Length) throw Malformed(path, $"its header would have {headerLength} bytes");
            var header = new byte[headerLength];
            file.Read(sizeof(ulong), header);
            using var json = JsonDocument.Parse(header);
            return json.RootElement.TryGetProperty(MetadataKey, out var metadata)
                ? metadata.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.ToString())
                : new Dictionary<string, string>();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightsException($"{path} cannot be read: {e.Message}", e);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw Malformed(path, "its header is not sound", e);
        }
    }

    internal static WeightsException Malformed(string path, string what, Exception? inner = null) =>
        new($"{path} is not a whole safetensors file: {what}.", inner);

    private static byte[] WriteHeader(List<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var names = new HashSet<string>();
        using var stream = new MemoryStream();
        stream.Write(stackalloc byte[sizeof(ulong)]);
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
                WriteMetadata(json, metadata);
            long offset = 0;
            foreach (var tensor in tensors)
            {
                if (tensor.Name == MetadataKey || !names.Add(tensor.Name))
                    throw new ArgumentException($"A tensor's name must be unique and not {MetadataKey}: {tensor.Name}.");
                WriteEntry(json, tensor, offset);
                offset += tensor.Bytes.Length;
            }

            json.WriteEndObject();
        }

        // Spaces after the JSON keep the data aligned for readers that map the file.
        while (stream.Length % Alignment != 0)
            stream.WriteByte((byte)' ');
        var header = stream.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)header.Length - sizeof(ulong));
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(MetadataKey);
        foreach (var (key, value) in metadata)
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, NamedTensor tensor, long offset)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.Type.ToString());
        json.WriteStartArray("shape");
        foreach (var size in tensor.Shape)
            json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + tensor.Bytes.Length);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
