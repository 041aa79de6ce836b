using MiniBatch.Shared.Numerics;

namespace MiniBatch.Shared.Datasets;

/// <summary>Samples in memory, by index; each is some bytes, inputs first, then what is to be learnt from them.</summary>
public abstract class SampleSet
{
    /// <summary>How many.</summary>
    public abstract int Count { get; }

    /// <summary>Bytes of one sample: what its checksum is over.</summary>
    public abstract int BytesPerSample { get; }

    /// <summary>CRC-32C of samples, one after the other: what proves that a slot took just these.</summary>
    public virtual uint CrcOf(ReadOnlySpan<int> samples)
    {
        var crc = 0u;
        foreach (var sample in samples) crc = AppendCrc(crc, sample);
        return crc;
    }

    /// <summary>Goes on with a CRC-32C over one sample's bytes.</summary>
    protected abstract uint AppendCrc(uint crc, int sample);
}

/// <summary>A dataset in memory.</summary>
/// <param name="Train">Samples to train on.</param>
/// <param name="Test">Samples to evaluate on.</param>
public sealed record DatasetSamples(SampleSet Train, SampleSet Test);
