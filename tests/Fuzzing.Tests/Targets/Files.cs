using System.IO.Compression;
using System.Text;
using System.Text.Json;
using MiniBatch.Graphics.Images;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.PixelFormats;

namespace MiniBatch.Fuzzing.Tests.Targets;

/// <summary>Files of images and of labels, plain and gzipped.</summary>
internal sealed class IdxTarget : FileTarget
{
    private readonly string _path;

    public IdxTarget() => _path = PathOf("images");

    public override string Name => "idx";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        Images(2, 3, 4), Zipped(Images(3, 2, 2)), [0, 0, 8, 1, 0, 0, 0, 5, 1, 2, 3, 4, 5], Zipped([0, 0, 8, 1, 0, 0, 0, 2, 1, 2]),
    ];

    public override bool Read(byte[] input)
    {
        File.WriteAllBytes(_path, input);
        return Read(IdxFile.ReadImages, 3) | Read(IdxFile.ReadLabels, 1);
    }

    private bool Read(Func<string, IdxContent> read, int dimensions)
    {
        try
        {
            var content = read(_path);
            Require(content.Dimensions.Length == dimensions && content.Values.Length == content.Dimensions.Aggregate(1L, (product, size) => product * size), "other values than dimensions");
            Require(content.Values.Length <= IdxFile.ValueCountMax, "too many values");
            return true;
        }
        catch (DatasetException)
        {
            return false;
        }
    }

    private static byte[] Images(byte count, byte rows, byte columns) =>
        [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, rows, 0, 0, 0, columns, .. Enumerable.Range(0, count * rows * columns).Select(i => (byte)i)];

    /// <summary>A gzip file.</summary>
    public static byte[] Zipped(byte[] file)
    {
        var zipped = new MemoryStream();
        using (var zip = new GZipStream(zipped, CompressionLevel.Optimal)) zip.Write(file);
        return zipped.ToArray();
    }
}

/// <summary>Weights.</summary>
internal sealed class SafetensorsTarget : FileTarget
{
    private readonly string _path;

    public SafetensorsTarget()
    {
        _path = PathOf("model.safetensors");
        Safetensors.Write(
            _path,
            [NamedTensor.OfFloats("fc.weight", [2, 3], [1, 2, 3, 4, 5, 6]), NamedTensor.OfInt64s("bn.num_batches_tracked", [], [7]), NamedTensor.OfFloats("fc.bias", [0], [])],
            new Dictionary<string, string> { ["format"] = "pt" });
        Corpus = [File.ReadAllBytes(_path), WithHeader("""{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[1,2],"data_offsets":[4,8]},"d":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}}""", new byte[16])];
    }

    public override string Name => "safetensors";

    public override IReadOnlyList<byte[]> Corpus { get; }

    public override bool Read(byte[] input)
    {
        File.WriteAllBytes(_path, input);
        try
        {
            var content = Safetensors.Read(_path);
            var names = new HashSet<string>();
            foreach (var tensor in content.Tensors)
            {
                Require(names.Add(tensor.Name), "two tensors of a name");
                Require(tensor.Bytes.Length == tensor.Shape.Aggregate(tensor.Type == TensorType.F32 ? 4L : 8L, (product, size) => product * size), "other bytes than its shape has");
                Require(tensor.Shape.All(size => size >= 0), "a negative shape");
            }
            Safetensors.Write(_path, content.Tensors, content.Metadata);
            var again = Safetensors.Read(_path);
            Require(again.Tensors.Count == content.Tensors.Count, "what is written again is other");
            return true;
        }
        catch (WeightsException)
        {
            return false;
        }
    }

    public override byte[] Repaired(byte[] input) => RepairedHeader(input);

    /// <summary>The header's length, where the header still ends where its JSON does.</summary>
    public static byte[] RepairedHeader(byte[] input)
    {
        if (input.Length < 9) return input;
        // The last brace before bytes that are no text.
        var end = 8;
        var last = 8;
        while (end < input.Length && input[end] is >= 0x20 or >= 0x80)
        {
            if (input[end] == (byte)'}') last = end + 1;
            end++;
        }
        while (last < end && input[last] == (byte)' ') last++;
        var repaired = (byte[])input.Clone();
        BitConverter.TryWriteBytes(repaired, (long)(last - 8));
        return repaired;
    }

    private static byte[] WithHeader(string header, byte[] data) => [.. BitConverter.GetBytes((long)header.Length), .. Encoding.UTF8.GetBytes(header), .. data];
}

/// <summary>Pictures that people bring.</summary>
internal sealed class PictureTarget : FuzzTarget
{
    public override string Name => "picture";

    /// <summary>A PNG as we write it and one with palette and interlace, both kinds of PGM, and what the encoders make of other formats.</summary>
    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        Png(), Encoded(new PngEncoder { InterlaceMethod = PngInterlaceMode.Adam7, ColorType = PngColorType.Palette }),
        "P2\n3 2\n255\n0 100 200\n50 150 250\n"u8.ToArray(), [.. "P5\n3 2\n255\n"u8, 0, 100, 200, 50, 150, 250],
        Encoded(new BmpEncoder()), Encoded(new GifEncoder()), Encoded(new WebpEncoder { FileFormat = WebpFileFormatType.Lossless }), Encoded(new WebpEncoder { FileFormat = WebpFileFormatType.Lossy }),
        Encoded(new JpegEncoder()),
    ];

    /// <summary>A header of some bytes may announce so many pixels, for each of which the decoder of WebP takes up to 16 bytes.</summary>
    public override long BytesMax(int length) => 20L * ImageFile.PixelCountMax;

    public override bool Read(byte[] input)
    {
        try
        {
            var image = ImageFile.Read(input, "picture");
            Require(image.Pixels.Length == image.Width * image.Height && image.Pixels.Length is >= 1 and <= ImageFile.PixelCountMax, "other pixels than its size");
            return true;
        }
        catch (ImageException)
        {
            return false;
        }
    }

    /// <summary>Of a PNG each piece has a checksum.</summary>
    public override byte[] Repaired(byte[] input)
    {
        if (input.Length < 8 || input[0] != 0x89) return input;
        var repaired = (byte[])input.Clone();
        for (var at = 8L; at + 12 <= repaired.Length;)
        {
            var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(repaired.AsSpan((int)at));
            if (at + 12 + length > repaired.Length) break;
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(
                repaired.AsSpan((int)(at + 8 + length)), Crc32Of(repaired.AsSpan((int)at + 4, (int)length + 4)));
            at += 12 + length;
        }
        return repaired;
    }

    private static byte[] Encoded(IImageEncoder encoder)
    {
        using var image = new Image<Rgba32>(9, 7);
        for (var y = 0; y < image.Height; y++)
            for (var x = 0; x < image.Width; x++) image[x, y] = new Rgba32((byte)(25 * x), (byte)(30 * y), (byte)(x * y));
        var file = new MemoryStream();
        image.Save(file, encoder);
        return file.ToArray();
    }

    private static byte[] Png()
    {
        var pixels = new byte[28 * 28];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)(i * 7);
        return PngWriter.Encode(new GreyImage(28, 28, pixels));
    }

    private static uint Crc32Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}

/// <summary><c>--config</c>.</summary>
internal sealed class ConfigFileTarget : FileTarget
{
    private static readonly HashSet<string> Known = ["--epochs", "--lr", "--batch", "--workers", "--doubled"];

    private readonly string _path;

    public ConfigFileTarget() => _path = PathOf("flags.json");

    public override string Name => "config file";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        """{ "epochs": 3, "lr": 0.5, "batch": "100", "doubled": true }"""u8.ToArray(),
        [0xef, 0xbb, 0xbf, .. """{"workers":2}"""u8], Encoding.Unicode.GetBytes("""{"workers":2,"lr":1e-3}"""), [0xfe, 0xff, .. Encoding.BigEndianUnicode.GetBytes("""{"epochs":1}""")],
    ];

    public override bool Read(byte[] input)
    {
        File.WriteAllBytes(_path, input);
        try
        {
            var file = FlagFile.Read(_path, Known);
            Require(file.Values.Keys.All(Known.Contains) && file.Values.Values.All(value => value is not null), "a flag that there is not");
            return true;
        }
        catch (UserErrorException)
        {
            return false;
        }
    }
}

/// <summary><c>spec.json</c>, which also travels to every worker.</summary>
internal sealed class RunSpecTarget : FileTarget
{
    private readonly RunDirectory _directory;

    public RunSpecTarget() => _directory = new RunDirectory(Folder);

    public override string Name => "run spec";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        JsonSerializer.SerializeToUtf8Bytes(Specs.Small, Json.Indented),
        JsonSerializer.SerializeToUtf8Bytes(Specs.Small with { Mode = UpdateMode.Bounded(2), EvaluateEvery = 3, Origin = new RunOrigin { WeightsSha256 = "ab" } }, Json.Compact),
    ];

    public override bool Read(byte[] input)
    {
        File.WriteAllBytes(_directory.Spec, input);
        try
        {
            var spec = _directory.ReadSpec();
            // What everybody asks of a spec that was read.
            Require(spec.StepsPerEpoch > 0 && spec.UpdatesPerEpoch > 0 && spec.EvaluationBlocks > 0 && spec.SamplesPerEpoch > 0, "a run without steps");
            Require(spec.EpochsBefore >= 0 && spec.FirstVersion >= 0, "a run that begins before its beginning");
            Require(spec.Evaluates(spec.Epochs), "a run that is not evaluated at its end");
            Require(spec.Optimizer.Kind.ToString().Length > 0 && spec.Run.Value.Length > 0 && spec.Workload.Length >= 0, "a spec without a name");
            spec.CreateSchedule();
            if (spec.TrainCount <= 100_000) spec.PlanOf(1);
            var again = JsonSerializer.Deserialize<RunSpec>(JsonSerializer.SerializeToUtf8Bytes(spec, Json.Compact), Json.Compact);
            Require(spec == again, "what is written again is other");
            return true;
        }
        catch (UserErrorException)
        {
            return false;
        }
    }
}
