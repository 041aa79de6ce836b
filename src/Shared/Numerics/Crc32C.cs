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

    private static readonly Concatenation Lanes = new(LaneBytes);

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
        return Lanes.AfterZeros(Lanes.AfterZeros(register) ^ register1) ^ register2;
    }

    /// <summary>
    /// Three checksums at once, as fast as one: of what <paramref name="checksum"/> covers followed by <paramref name="first"/>, and of the two
    /// others by themselves.
    /// </summary>
    /// <exception cref="ArgumentException">Their lengths differ.</exception>
    public static (uint First, uint Second, uint Third) OfThree(uint checksum, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third)
    {
        if (first.Length != second.Length || first.Length != third.Length) throw new ArgumentException("Three lengths must be one.");
        var words1 = MemoryMarshal.Cast<byte, ulong>(first);
        var words2 = MemoryMarshal.Cast<byte, ulong>(second)[..words1.Length];
        var words3 = MemoryMarshal.Cast<byte, ulong>(third)[..words1.Length];
        uint register1 = ~checksum, register2 = ~0u, register3 = ~0u;
        for (var i = 0; i < words1.Length; i++)
        {
            register1 = BitOperations.Crc32C(register1, words1[i]);
            register2 = BitOperations.Crc32C(register2, words2[i]);
            register3 = BitOperations.Crc32C(register3, words3[i]);
        }
        var rest = words1.Length * sizeof(ulong);
        return (~OneLane(register1, first[rest..]), ~OneLane(register2, second[rest..]), ~OneLane(register3, third[rest..]));
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

    /// <summary>Joins the checksum of bytes with that of others, of one length, that come after them. Immutable; 4 KB.</summary>
    public sealed class Concatenation
    {
        private readonly uint[] _table;

        /// <summary>Makes what it needs.</summary>
        /// <param name="length">Bytes of what comes after.</param>
        public Concatenation(int length)
        {
            // What each value of each of the register's four bytes becomes after so many zeros.
            var zeros = new byte[length];
            _table = new uint[4 * 256];
            for (var i = 0; i < _table.Length; i++)
                _table[i] = OneLane((uint)(i & 0xFF) << (8 * (i >> 8)), zeros);
        }

        /// <summary>The checksum of what <paramref name="checksum"/> covers followed by what <paramref name="after"/> covers.</summary>
        public uint Append(uint checksum, uint after) => AfterZeros(checksum) ^ after;

        internal uint AfterZeros(uint register) =>
            _table[register & 0xFF]
            ^ _table[0x100 + ((register >> 8) & 0xFF)]
            ^ _table[0x200 + ((register >> 16) & 0xFF)]
            ^ _table[0x300 + (register >> 24)];
    }
}
