using System.Buffers.Binary;
using System.Numerics;

namespace MiniBatch.Shared.Numerics;

/// <summary>
/// CRC-32C (Castagnoli): the checksum of frames and of the sample bytes that a slot consumed. It finds damage, not malice.
/// </summary>
/// <remarks>
/// The processor's instruction where there is one (SSE 4.2, Arm CRC), the runtime's table otherwise
/// (<see cref="BitOperations.Crc32C(uint, ulong)"/> chooses). Source: RFC 3720, appendix B.4.
/// </remarks>
public static class Crc32C
{
    /// <summary>The checksum of <paramref name="data"/>; 0 for nothing.</summary>
    public static uint Of(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>
    /// The checksum of what <paramref name="checksum"/> covers followed by <paramref name="data"/>:
    /// <c>Append(Of(a), b)</c> is the checksum of a‖b, and 0 is that of nothing.
    /// </summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> data)
    {
        var register = ~checksum;
        for (; data.Length >= sizeof(ulong); data = data[sizeof(ulong)..])
            register = BitOperations.Crc32C(register, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (var value in data)
            register = BitOperations.Crc32C(register, value);
        return ~register;
    }
}
