using System.Buffers.Binary;
using System.Text;
using MiniBatch.Shared.Numerics;

namespace MiniBatch.Fuzzing.Tests;

/// <summary>
/// Makes inputs of sound ones: a few small edits each, as fuzzers without feedback do. An input follows from its number alone, so
/// that one that fails can be made again.
/// </summary>
/// <param name="corpus">Sound inputs, at least one.</param>
/// <param name="seed">Of all inputs.</param>
internal sealed class Mutator(IReadOnlyList<byte[]> corpus, ulong seed)
{
    /// <summary>Longer ones only take longer.</summary>
    private const int LengthMax = 1 << 16;

    private const int EditsMax = 6;

    /// <summary>Each so many inputs one is left as it is: what is refused always would find nothing.</summary>
    public const int SoundEvery = 20;

    /// <summary>What parsers trip over: ends of ranges, other kinds, other lengths.</summary>
    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "null", "true", "-1", "0", "1", "1.5", "1e999", "-1e-999", "NaN", "\"NaN\"", "2147483647", "2147483648", "-2147483649", "4294967296",
            "9223372036854775807", "9223372036854775808", "18446744073709551616", "\"\"", "[]", "{}", "[[]]", "[null]", "{\"\":null}", "\"\\ud800\"",
            "\"\\u0000\"", "\"a\":1,", ",", "\n", "\0", "..", "/", "%00", "\ufeff", "é", "99999999999999999999999999999999", "-0", "0x10", "//",
        }.Select(word => Encoding.UTF8.GetBytes(word)),
        [0xff], [0xff, 0xfe], [0xc0, 0x80], [0x80],
    ];

    private static readonly long[] Numbers =
        [0, 1, -1, 2, 3, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, 1L << 28, 1L << 40];

    /// <summary>Input number i.</summary>
    public byte[] Input(int i)
    {
        var random = new SplitMix64(seed ^ (ulong)i * 0x9E3779B97F4A7C15);
        var input = corpus[random.NextBelow(corpus.Count)];
        if (i % SoundEvery == 0) return [.. input];
        var edited = new List<byte>(input);
        for (var edits = 1 + random.NextBelow(EditsMax); edits > 0; edits--) Edit(edited, ref random);
        if (edited.Count > LengthMax) edited.RemoveRange(LengthMax, edited.Count - LengthMax);
        return [.. edited];
    }

    private void Edit(List<byte> bytes, ref SplitMix64 random)
    {
        if (bytes.Count == 0)
        {
            bytes.Add((byte)random.NextUInt64());
            return;
        }
        var at = random.NextBelow(bytes.Count);
        switch (random.NextBelow(10))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.NextBelow(8));
                break;
            case 1:
                bytes[at] = (byte)random.NextUInt64();
                break;
            case 2:
                bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + random.NextBelow(16)));
                break;
            case 3:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, 1 + random.NextBelow(64))));
                break;
            case 5:
                bytes.InsertRange(at, Words[random.NextBelow(Words.Length)]);
                break;
            case 6:
                ReplaceWord(bytes, at, ref random);
                break;
            case 7:
                WriteNumber(bytes, at, ref random);
                break;
            case 8:
                // A piece of another input, at the same place.
                var other = corpus[random.NextBelow(corpus.Count)];
                if (at >= other.Length) break;
                var length = Math.Min(other.Length - at, 1 + random.NextBelow(64));
                bytes.RemoveRange(at, Math.Min(bytes.Count - at, length));
                bytes.InsertRange(at, other.AsSpan(at, length).ToArray());
                break;
            default:
                bytes[at] = (byte)(bytes[at] + (random.NextBelow(2) == 0 ? 1 : -1));
                break;
        }
    }

    /// <summary>In a text: a whole word, number or string becomes another one.</summary>
    private static void ReplaceWord(List<byte> bytes, int at, ref SplitMix64 random)
    {
        var (start, end) = (at, at);
        while (start > 0 && IsPart(bytes[start - 1])) start--;
        while (end < bytes.Count && IsPart(bytes[end])) end++;
        bytes.RemoveRange(start, Math.Min(end - start, 256));
        bytes.InsertRange(start, Words[random.NextBelow(Words.Length)]);

        static bool IsPart(byte value) => value is (>= (byte)'0' and <= (byte)'9') or (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z')
            or (byte)'.' or (byte)'-' or (byte)'+' or (byte)'"' or (byte)'_';
    }

    /// <summary>In bytes: a number of 2, 4 or 8 of them, either end first.</summary>
    private static void WriteNumber(List<byte> bytes, int at, ref SplitMix64 random)
    {
        Span<byte> number = stackalloc byte[8];
        var value = Numbers[random.NextBelow(Numbers.Length)];
        var length = 2 << random.NextBelow(3);
        if (random.NextBelow(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, value);
            number = number[..length];
        }
        else
        {
            BinaryPrimitives.WriteInt64BigEndian(number, value);
            number = number[^length..];
        }
        for (var i = 0; i < length && at + i < bytes.Count; i++) bytes[at + i] = number[i];
    }
}
