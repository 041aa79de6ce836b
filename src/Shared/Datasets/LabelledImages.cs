using MiniBatch.Shared.Numerics;

namespace MiniBatch.Shared.Datasets;

/// <summary>
/// Images and their labels, in memory as they are on disk: a batch is gathered from them, never loaded.
/// </summary>
public sealed class LabelledImages : SampleSet
{
    private readonly Crc32C.Concatenation _join;

    /// <param name="images">uint8[count · rows · columns], row-major; kept, not copied.</param>
    /// <param name="labels">uint8[count]; kept, not copied.</param>
    /// <param name="rows">Pixels of a column.</param>
    /// <param name="columns">Pixels of a row.</param>
    /// <exception cref="ArgumentException">There are not as many images as labels.</exception>
    public LabelledImages(byte[] images, byte[] labels, int rows, int columns)
    {
        if (images.Length != (long)labels.Length * rows * columns)
            throw new ArgumentException($"{images.Length} pixels are not {labels.Length} images of {rows}×{columns}.");
        (Images, Labels, Rows, Columns) = (images, labels, rows, columns);
        _join = new Crc32C.Concatenation(BytesPerSample);
    }

    /// <summary>uint8[Count, Rows, Columns], row-major, 0 = background.</summary>
    public byte[] Images { get; }

    /// <summary>uint8[Count].</summary>
    public byte[] Labels { get; }

    /// <inheritdoc />
    public override int Count => Labels.Length;

    /// <summary>The pixels of an image and its label.</summary>
    public override int BytesPerSample => PixelsPerImage + 1;

    public int Rows { get; }

    public int Columns { get; }

    public int PixelsPerImage => Rows * Columns;

    /// <summary>The pixels of one image, uint8[Rows, Columns].</summary>
    public ReadOnlySpan<byte> Image(int index) => Images.AsSpan(index * PixelsPerImage, PixelsPerImage);

    /// <inheritdoc />
    /// <remarks>Three samples at a time: see <see cref="Crc32C.Concatenation"/>.</remarks>
    public override uint CrcOf(ReadOnlySpan<int> samples)
    {
        var crc = 0u;
        var whole = samples.Length - samples.Length % 3;
        for (var i = 0; i < whole; i += 3)
        {
            var (first, second, third) = Crc32C.OfThree(crc, Image(samples[i]), Image(samples[i + 1]), Image(samples[i + 2]));
            first = Crc32C.Append(first, Labels.AsSpan(samples[i], 1));
            second = Crc32C.Append(second, Labels.AsSpan(samples[i + 1], 1));
            third = Crc32C.Append(third, Labels.AsSpan(samples[i + 2], 1));
            crc = _join.Append(_join.Append(first, second), third);
        }
        foreach (var sample in samples[whole..]) crc = AppendCrc(crc, sample);
        return crc;
    }

    /// <inheritdoc />
    protected override uint AppendCrc(uint crc, int sample) =>
        Crc32C.Append(Crc32C.Append(crc, Image(sample)), Labels.AsSpan(sample, 1));

    /// <summary>
    /// The first <paramref name="limit"/> samples, all with null or a limit of at least <see cref="Count"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A limit below 1.</exception>
    public LabelledImages Take(int? limit)
    {
        if (limit is not { } count || count >= Count)
            return this;
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(limit));
        return new LabelledImages(Images[..(count * PixelsPerImage)], Labels[..count], Rows, Columns);
    }
}
