using System.Buffers.Binary;

namespace MiniBatch.Shared.Images.Png;

/// <summary>Turns a PNG's samples into shades of grey: luma of colours, over white where they are transparent.</summary>
internal sealed class PngShades(PngHeader header)
{
    private byte[]? _palette;          // RGB
    private byte[] _alphas = [];       // of the palette's first colours; the others are opaque
    private int[]? _transparent;       // the one grey or colour that is transparent, by sample

    /// <exception cref="InvalidDataException">No whole colours, none, or more than 256.</exception>
    public void SetPalette(ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length is 0 or > 768 || chunk.Length % 3 != 0) throw new InvalidDataException($"its palette has {chunk.Length} bytes");
        _palette = chunk.ToArray();
    }

    /// <exception cref="InvalidDataException">Not of the length that the colour type asks for.</exception>
    public void SetTransparency(ReadOnlySpan<byte> chunk)
    {
        switch (header.Color)
        {
            case PngColor.Palette when chunk.Length <= (_palette?.Length ?? 0) / 3:
                _alphas = chunk.ToArray();
                break;
            case PngColor.Grey or PngColor.Rgb when chunk.Length == header.Samples * 2:
                _transparent = new int[header.Samples];
                for (var i = 0; i < _transparent.Length; i++) _transparent[i] = BinaryPrimitives.ReadUInt16BigEndian(chunk[(i * 2)..]);
                break;
            default:
                throw new InvalidDataException($"its transparency has {chunk.Length} bytes, which do not go with its colours");
        }
    }

    /// <summary>The shades of a row.</summary>
    /// <param name="row">Its bytes, unfiltered.</param>
    /// <param name="shades">uint8[pixels], overwritten.</param>
    /// <exception cref="InvalidDataException">A colour that the palette does not have.</exception>
    public void Convert(ReadOnlySpan<byte> row, Span<byte> shades)
    {
        var count = header.Samples;
        Span<int> samples = stackalloc int[count];
        for (var x = 0; x < shades.Length; x++)
        {
            for (var i = 0; i < count; i++) samples[i] = Sample(row, (x * count) + i);
            shades[x] = header.Color == PngColor.Palette ? ShadeOfIndex(samples[0]) : ShadeOf(samples);
        }
    }

    private int Sample(ReadOnlySpan<byte> row, int index)
    {
        if (header.BitDepth == 8) return row[index];
        if (header.BitDepth == 16) return BinaryPrimitives.ReadUInt16BigEndian(row[(2 * index)..]);
        var bit = index * header.BitDepth;
        return (row[bit >> 3] >> (8 - header.BitDepth - (bit & 7))) & header.Maximum;
    }

    private byte ShadeOf(ReadOnlySpan<int> samples)
    {
        if (_transparent is not null && samples.SequenceEqual(_transparent)) return 255;
        double maximum = header.Maximum;
        return header.Color switch
        {
            PngColor.Grey => OverWhite(samples[0] / maximum, 1),
            PngColor.GreyAlpha => OverWhite(samples[0] / maximum, samples[1] / maximum),
            PngColor.Rgb => OverWhite(Luma(samples[0], samples[1], samples[2]) / maximum, 1),
            _ => OverWhite(Luma(samples[0], samples[1], samples[2]) / maximum, samples[3] / maximum),
        };
    }

    private byte ShadeOfIndex(int index)
    {
        if (_palette is null) throw new InvalidDataException("it has no palette");
        if (index * 3 >= _palette.Length) throw new InvalidDataException($"it uses colour {index} of a palette of {_palette.Length / 3}");
        var luma = Luma(_palette[index * 3], _palette[(index * 3) + 1], _palette[(index * 3) + 2]) / 255;
        return OverWhite(luma, index < _alphas.Length ? _alphas[index] / 255.0 : 1);
    }

    /// <summary>Rec. 601's, which image libraries take for "grey".</summary>
    private static double Luma(int red, int green, int blue) => (0.299 * red) + (0.587 * green) + (0.114 * blue);

    private static byte OverWhite(double shade, double alpha) => (byte)Math.Round(255 * (1 - (alpha * (1 - shade))));
}
