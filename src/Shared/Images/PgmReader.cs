namespace MiniBatch.Shared.Images;

/// <summary>Decodes Netpbm's grey images: plain (P2) and raw (P5), any maximum up to 65535.</summary>
/// <remarks>Source: netpbm's pgm(5). Of several images in a file the first is taken.</remarks>
internal static class PgmReader
{
    private const int MaximumMax = 65535;

    public static bool IsPgm(ReadOnlySpan<byte> file) => file is [(byte)'P', (byte)'2' or (byte)'5', var next, ..] && IsSpace(next);

    /// <exception cref="InvalidDataException">Malformed, truncated or too large; the message completes "it is no whole image:".</exception>
    public static GreyImage Read(byte[] file)
    {
        var isPlain = file[1] == (byte)'2';
        ReadOnlySpan<byte> rest = file.AsSpan(2);
        var width = Number(ref rest, "width", int.MaxValue);
        var height = Number(ref rest, "height", int.MaxValue);
        ImageFile.RequireSize(width, height);
        var maximum = Number(ref rest, "maximum", MaximumMax);
        if (maximum < 1) throw new InvalidDataException("its maximum is 0");
        var pixels = new byte[width * height];
        if (isPlain) ReadPlain(rest, maximum, pixels);
        else ReadRaw(rest, maximum, pixels);
        return new GreyImage(width, height, pixels);
    }

    private static void ReadPlain(ReadOnlySpan<byte> rest, int maximum, Span<byte> pixels)
    {
        foreach (ref var pixel in pixels) pixel = Scaled(Number(ref rest, "pixel", MaximumMax), maximum);
    }

    private static void ReadRaw(ReadOnlySpan<byte> rest, int maximum, Span<byte> pixels)
    {
        var size = maximum < 256 ? 1 : 2;
        // One white-space byte, no more: the next one may be a pixel that looks like one.
        if (rest.Length < 1 + ((long)pixels.Length * size)) throw new InvalidDataException("it ends before its last pixel");
        rest = rest[1..];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = Scaled(size == 1 ? rest[i] : (rest[2 * i] << 8) | rest[(2 * i) + 1], maximum);
    }

    private static byte Scaled(int value, int maximum) =>
        value <= maximum
            ? (byte)(((value * 255) + (maximum / 2)) / maximum)
            : throw new InvalidDataException($"it has a pixel of {value} where its maximum is {maximum}");

    /// <summary>The next decimal number; white space and comments before it are passed over.</summary>
    private static int Number(ref ReadOnlySpan<byte> rest, string what, int max)
    {
        while (!rest.IsEmpty && (IsSpace(rest[0]) || rest[0] == '#'))
            rest = rest[0] == '#' && rest.IndexOfAny((byte)'\n', (byte)'\r') is var end ? rest[(end < 0 ? rest.Length : end)..] : rest[1..];
        if (rest.IsEmpty) throw new InvalidDataException($"it ends before its {(what == "pixel" ? "last pixel" : what)}");
        long value = 0;
        var digits = 0;
        for (; digits < rest.Length && rest[digits] is >= (byte)'0' and <= (byte)'9'; digits++)
        {
            value = (value * 10) + (rest[digits] - '0');
            if (value > max) throw new InvalidDataException($"its {what} is more than {max}");
        }
        if (digits == 0) throw new InvalidDataException($"its {what} is no number");
        rest = rest[digits..];
        return (int)value;
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (>= 9 and <= 13);
}
