using System.Runtime.InteropServices;

namespace MiniBatch.LivePage.Live;

/// <summary>float32s as bytes, little-endian, and back.</summary>
public static class Floats
{
    /// <summary>The values; bytes beyond a whole number of them are left out.</summary>
    public static float[] Of(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, float>(bytes[..(bytes.Length & ~3)]).ToArray();

    /// <summary>The bytes.</summary>
    public static byte[] Bytes(ReadOnlySpan<float> values) => MemoryMarshal.AsBytes(values).ToArray();
}
