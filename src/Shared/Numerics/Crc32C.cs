using System.Numerics;
using System.Runtime.InteropServices;

namespace MiniBatch.Shared.Numerics;

/// <summary>
/// CRC-32C (Castagnoli): the checksum of frames and of the sample bytes that a slot consumed. It finds damage, not
/// malice.
/// </summary>
/// <remarks>
/// The processor's instruction where there is one (SSE 4.2, Arm CRC), the runtime's table otherwise
/// (<see cref="BitOperations.Crc32C(uint, ulong)"/> chooses); little-endian processors only, as libtorch.
/// Source: RFC 3720, appendix B.4; the lanes are Gopal et al., "Fast CRC computation for iSCSI polynomial using
/// CRC32 instruction", Intel 2011.
/// </remarks>
public static class Crc32C
{
    private const int LaneBytes = 1024;

    private static readonly uint[] ZerosTable = MakeZerosTable();

    /// <summary>The checksum of <paramref name="data"/>; 0 for nothing.</summary>
    public static uint Of(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>
    /// The checksum of what <paramref name="checksum"/> covers followed by <paramref name="data"/>:
    /// <c>Append(Of(a), b)</c> is the checksum of a‖b, and 0 is that of nothing.
    /// </summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> data)
    {
        var register = ~checksum;
        for (; data.Length >= 3 * LaneBytes; data = data[(3 * LaneBytes)..])
            register = ThreeLanes(register, data);
        return ~OneLane(register, data);
    }

    // The instruction takes a new operand every cycle but answers after three: three lanes at once keep it busy.
    private static uint ThreeLanes(uint register, ReadOnlySpan<byte> data)
    {
        var lane0 = MemoryMarshal.Cast<byte, ulong>(data[..LaneBytes]);
        var lane1 = MemoryMarshal.Cast<byte, ulong>(data.Slice(LaneBytes, LaneBytes));
        var lane2 = MemoryMarshal.Cast<byte, ulong>(data.Slice(2 * LaneBytes, LaneBytes));
        uint register1 = 0, register2 = 0;
        for (var i = 0; i < lane0.Length; i++)
        {
            register = BitOperations.Crc32C(register, lane0[i]);
            register1 = BitOperations.Crc32C(register1, lane1[i]);
            register2 = BitOperations.Crc32C(register2, lane2[i]);
        }

        // A CRC is linear: what a lane left in the register moves on by as many zeros as there are bytes after it.
        return AfterZeros(AfterZeros(register) ^ register1) ^ register2;
    }

    private static uint OneLane(uint register, ReadOnlySpan<byte> data)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (var word in words)
            register = BitOperations.Crc32C(register, word);
        foreach (var value in data[(words.Length * sizeof(ulong))..])
            register = BitOperations.Crc32C(register, value);
        return register;
    }

    private static uint AfterZeros(uint register) =>
        ZerosTable[register & 0xFF]
        ^ ZerosTable[0x100 + ((register >> 8) & 0xFF)]
        ^ ZerosTable[0x200 + ((register >> 16) & 0xFF)]
        ^ ZerosTable[0x300 + (register >> 24)];

    // What each value of each of the register's four bytes becomes after LaneBytes zeros.
    private static uint[] MakeZerosTable()
    {
        var zeros = new byte[LaneBytes];
        var table = new uint[4 * 256];
        for (var i = 0; i < table.Length; i++)
            table[i] = OneLane((uint)(i & 0xFF) << (8 * (i >> 8)), zeros);
        return table;
    }
}
