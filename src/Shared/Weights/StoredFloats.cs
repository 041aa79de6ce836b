using System.Globalization;
using System.Runtime.InteropServices;

namespace MiniBatch.Shared.Weights;

/// <summary>
/// The floating-point types in which other programs store weights, and how they become the float32 that our models have:
/// F16 and BF16 exactly, F64 rounded to the nearest (ties to even).
/// </summary>
internal static class StoredFloats
{
    /// <summary>Bytes of one value; null for a type that is none of these.</summary>
    /// <param name="dtype">As safetensors has it: "F16", "BF16", "F64".</param>
    public static int? SizeOf(string? dtype) => dtype switch
    {
        "F16" or "BF16" => 2,
        "F64" => 8,
        _ => null,
    };

    /// <summary>The same values as little-endian float32 bytes. NaN and infinity stay what they are.</summary>
    /// <param name="dtype">One that <see cref="SizeOf"/> knows.</param>
    /// <param name="bytes">Little-endian, whole values.</param>
    /// <exception cref="OverflowException">A finite F64 is too large for float32; the message has the value.</exception>
    public static byte[] ToFloat32(string dtype, ReadOnlySpan<byte> bytes) => dtype switch
    {
        "F16" => Convert<Half>(bytes, value => (float)value),
        "BF16" => Convert<ushort>(bytes, value => BitConverter.UInt32BitsToSingle((uint)value << 16)),   // its upper half
        _ => Convert<double>(bytes, Narrow),
    };

    private static byte[] Convert<T>(ReadOnlySpan<byte> bytes, Func<T, float> convert)
        where T : unmanaged
    {
        var stored = MemoryMarshal.Cast<byte, T>(bytes);
        var converted = new byte[stored.Length * sizeof(float)];
        var values = MemoryMarshal.Cast<byte, float>(converted.AsSpan());
        for (var i = 0; i < values.Length; i++) values[i] = convert(stored[i]);
        return converted;
    }

    private static float Narrow(double value)
    {
        var narrow = (float)value;
        return float.IsInfinity(narrow) && double.IsFinite(value)
            ? throw new OverflowException(string.Create(CultureInfo.InvariantCulture, $"{value:R}, which is too large for float32"))
            : narrow;
    }
}
