using System.Buffers.Binary;
using System.Text;

namespace MiniBatch.Shared.Images.Png;

/// <summary>
/// Decodes PNG files: every colour type and bit depth, palettes, transparency, interlacing; every chunk's checksum is checked.
/// Gamma and colour profiles are passed over, as most programs do with grey pictures.
/// </summary>
/// <remarks>Source: PNG (Portable Network Graphics) Specification, W3C, second edition.</remarks>
internal static class PngReader
{
    private const int FrameBytes = 12;   // a chunk's length, type and checksum

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    public static bool IsPng(ReadOnlySpan<byte> file) => file.StartsWith(Signature);

    /// <exception cref="InvalidDataException">Malformed, damaged, truncated or too large; the message completes "it is no whole image:".</exception>
    public static GreyImage Read(byte[] file)
    {
        PngHeader? header = null;
        PngShades? shades = null;
        using var data = new MemoryStream();
        ReadOnlyMemory<byte> rest = file.AsMemory(Signature.Length);
        while (true)
        {
            var (type, chunk) = Next(ref rest);
            if (header is null != (type == "IHDR")) throw new InvalidDataException("its header is missing or not where it belongs");
            switch (type)
            {
                case "IHDR":
                    header = PngHeader.Parse(chunk.Span);
                    shades = new PngShades(header.Value);
                    break;
                case "PLTE":
                    shades!.SetPalette(chunk.Span);
                    break;
                case "tRNS":
                    shades!.SetTransparency(chunk.Span);
                    break;
                case "IDAT":
                    data.Write(chunk.Span);
                    break;
                case "IEND":
                    if (data.Length == 0) throw new InvalidDataException("it has no pixels");
                    data.Position = 0;
                    return PngScanlines.Read(data, header!.Value, shades!);
                default:
                    // A lower-case first letter marks what a reader may leave out.
                    if (char.IsAsciiLetterUpper(type[0])) throw new InvalidDataException($"it needs {type}, which this program does not know");
                    break;
            }
        }
    }

    private static (string Type, ReadOnlyMemory<byte> Chunk) Next(ref ReadOnlyMemory<byte> rest)
    {
        if (rest.Length < FrameBytes) throw new InvalidDataException("it ends before its last chunk: it is truncated");
        var length = BinaryPrimitives.ReadUInt32BigEndian(rest.Span);
        var name = rest.Span.Slice(4, 4);
        if (name.ContainsAnyExcept(Letters)) throw new InvalidDataException("it has a chunk whose name is none: it is damaged");
        var type = Encoding.ASCII.GetString(name);
        if (length > rest.Length - FrameBytes) throw new InvalidDataException($"it ends within its chunk {type}: it is truncated");
        var chunk = rest.Slice(8, (int)length);
        if (Crc32.Of(name, chunk.Span) != BinaryPrimitives.ReadUInt32BigEndian(rest.Span[(8 + (int)length)..]))
            throw new InvalidDataException($"the checksum of its chunk {type} does not hold: it is damaged");
        rest = rest[(FrameBytes + (int)length)..];
        return (type, chunk);
    }

    private static readonly System.Buffers.SearchValues<byte> Letters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);
}
