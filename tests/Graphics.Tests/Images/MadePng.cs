using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MiniBatch.Graphics.Tests.Images;

/// <summary>
/// A PNG of random pixels in any of the format's ways, and the shades that it should be read as: written straight from the
/// specification, without anything of the reader's.
/// </summary>
internal sealed class MadePng
{
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private readonly int _color;
    private readonly int _depth;
    private readonly bool _interlaced;
    private readonly int[] _samples;   // [height, width, channels]
    private readonly byte[] _palette = [];
    private readonly byte[] _transparency = [];

    public MadePng(int color, int depth, bool interlaced, bool transparent, int width, int height, int seed = 1)
    {
        var random = new Random(seed);
        (_color, _depth, _interlaced, Width, Height) = (color, depth, interlaced, width, height);
        Channels = color switch { 0 or 3 => 1, 4 => 2, 2 => 3, _ => 4 };
        var colors = Math.Min(1 << depth, 200);
        _samples = [.. Enumerable.Range(0, width * height * Channels).Select(_ => random.Next(color == 3 ? colors : 1 << depth))];
        if (color == 3)
        {
            _palette = new byte[colors * 3];
            random.NextBytes(_palette);
        }
        if (!transparent) return;
        // The colour of the first pixel, or alphas for all colours of the palette but the last.
        _transparency = color == 3 ? new byte[colors - 1] : [.. _samples.Take(Channels).SelectMany(sample => new[] { (byte)(sample >> 8), (byte)sample })];
        if (color == 3) random.NextBytes(_transparency);
    }

    public int Width { get; }

    public int Height { get; }

    private int Channels { get; }

    /// <summary>A whole PNG of the given chunks, with sound checksums.</summary>
    public static byte[] Chunks(params (string Type, byte[] Data)[] chunks)
    {
        var file = new List<byte>([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        foreach (var (type, data) in chunks)
        {
            byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
            file.AddRange([.. BigEndian((uint)data.Length), .. body, .. BigEndian(Crc(body))]);
        }
        return [.. file];
    }

    public static byte[] Header(uint width, uint height, int depth, int color, int compression = 0, int filter = 0, int interlace = 0) =>
        [.. BigEndian(width), .. BigEndian(height), (byte)depth, (byte)color, (byte)compression, (byte)filter, (byte)interlace];

    public static byte[] Zlib(byte[] data)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionMode.Compress)) zlib.Write(data);
        return compressed.ToArray();
    }

    public byte[] File()
    {
        var data = Zlib(_interlaced ? [.. Adam7.SelectMany(pass => Rows(pass))] : [.. Rows((0, 0, 1, 1))]);
        // In two pieces: a reader must put them together.
        var chunks = new List<(string, byte[])> { ("IHDR", Header((uint)Width, (uint)Height, _depth, _color, interlace: _interlaced ? 1 : 0)), ("tEXt", [1, 0, 2]) };
        if (_palette.Length > 0) chunks.Add(("PLTE", _palette));
        if (_transparency.Length > 0) chunks.Add(("tRNS", _transparency));
        chunks.AddRange([("IDAT", data[..(data.Length / 2)]), ("IDAT", data[(data.Length / 2)..]), ("IEND", [])]);
        return Chunks([.. chunks]);
    }

    /// <summary>What it looks like on white (1) or black (0) paper, grey, not rounded.</summary>
    public double[] Shades(double paper) => [.. Enumerable.Range(0, Width * Height).Select(pixel => Shade(pixel, paper))];

    private double Shade(int pixel, double paper)
    {
        var samples = _samples.AsSpan(pixel * Channels, Channels).ToArray();
        double maximum = (1 << _depth) - 1;
        double[] rgba = _color switch
        {
            0 => [samples[0] / maximum, samples[0] / maximum, samples[0] / maximum, 1],
            2 => [samples[0] / maximum, samples[1] / maximum, samples[2] / maximum, 1],
            3 => [.. _palette.AsSpan(samples[0] * 3, 3).ToArray().Select(value => value / 255.0), samples[0] < _transparency.Length ? _transparency[samples[0]] / 255.0 : 1],
            4 => [samples[0] / maximum, samples[0] / maximum, samples[0] / maximum, samples[1] / maximum],
            _ => [.. samples.Select(sample => sample / maximum)],
        };
        if (_color is 0 or 2 && _transparency.Length > 0 && samples.SequenceEqual(_samples.Take(Channels))) rgba[3] = 0;
        var luma = (0.299 * rgba[0]) + (0.587 * rgba[1]) + (0.114 * rgba[2]);
        return 255 * ((luma * rgba[3]) + (paper * (1 - rgba[3])));
    }

    private IEnumerable<byte> Rows((int X, int Y, int StepX, int StepY) pass)
    {
        var distance = Math.Max(1, Channels * _depth / 8);
        byte[]? above = null;
        var filter = 0;
        for (var y = pass.Y; y < Height; y += pass.StepY)
        {
            var row = Pack(y, pass.X, pass.StepX);
            if (row.Length == 0) yield break;
            above ??= new byte[row.Length];
            yield return (byte)filter;
            for (var i = 0; i < row.Length; i++)
            {
                var (left, up, corner) = (i < distance ? 0 : row[i - distance], above[i], i < distance ? 0 : above[i - distance]);
                yield return (byte)(row[i] - filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => Nearest(left + up - corner, left, up, corner) });
            }
            above = row;
            filter = (filter + 1) % 5;   // every filter has its turn
        }
    }

    private byte[] Pack(int y, int firstX, int stepX)
    {
        var bits = new StringBuilder();
        for (var x = firstX; x < Width; x += stepX)
        {
            foreach (var sample in _samples.AsSpan(((y * Width) + x) * Channels, Channels)) bits.Append(Convert.ToString(sample, 2).PadLeft(_depth, '0'));
        }
        return [.. bits.ToString().Chunk(8).Select(chunk => Convert.ToByte(new string(chunk).PadRight(8, '0'), 2))];
    }

    private static int Nearest(int to, params int[] candidates) => candidates.MinBy(candidate => Math.Abs(candidate - to));

    private static byte[] BigEndian(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }
        return ~crc;
    }
}
