using MiniBatch.Shared.Numerics;

namespace MiniBatch.Shared.Tests.Numerics;

public class Crc32CTests
{
    [Fact]
    public void Of_the_check_string_is_the_check_value() => Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));

    // RFC 3720, appendix B.4.
    [Fact]
    public void Of_32_zeros_and_of_32_ones_is_as_published()
    {
        Assert.Equal(0x8A9136AAu, Crc32C.Of(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Of(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
    }

    [Fact]
    public void Of_nothing_is_zero() => Assert.Equal(0u, Crc32C.Of([]));

    [Fact]
    public void Of_any_length_and_alignment_equals_the_definition()
    {
        var data = TestValues.Bytes(20_000);
        foreach (var start in new[] { 0, 1, 3 })
        {
            foreach (var length in new[] { 1, 7, 8, 9, 63, 255, 1023, 3071, 3072, 3073, 6150, 19_990 })
                Assert.Equal(Definition(data.AsSpan(start, length)), Crc32C.Of(data.AsSpan(start, length)));
        }
    }

    [Fact]
    public void Append_in_pieces_equals_the_whole()
    {
        var data = TestValues.Bytes(10_000);
        for (var cut = 0; cut <= data.Length; cut += 499)
            Assert.Equal(Crc32C.Of(data), Crc32C.Append(Crc32C.Of(data.AsSpan(0, cut)), data.AsSpan(cut)));
    }

    [Fact]
    public void Three_at_once_and_joined_are_the_whole()
    {
        var random = new Random(3);
        foreach (var length in new[] { 0, 1, 7, 8, 9, 784, 785, 1024 })
        {
            var parts = Enumerable.Range(0, 4).Select(_ => new byte[length]).ToArray();
            foreach (var part in parts) random.NextBytes(part);
            var before = Crc32C.Of(parts[0]);

            var (first, second, third) = Crc32C.OfThree(before, parts[1], parts[2], parts[3]);

            Assert.Equal(Crc32C.Append(before, parts[1]), first);
            Assert.Equal((Crc32C.Of(parts[2]), Crc32C.Of(parts[3])), (second, third));
            var join = new Crc32C.Concatenation(length);
            Assert.Equal(Crc32C.Of(parts.SelectMany(part => part).ToArray()), join.Append(join.Append(first, second), third));
        }
        Assert.Throws<ArgumentException>(() => Crc32C.OfThree(0, new byte[8], new byte[8], new byte[9]));
    }

    [Fact]
    public void Of_data_with_one_bit_flipped_differs()
    {
        var data = TestValues.Bytes(5000);
        var before = Crc32C.Of(data);
        data[3456] ^= 1;

        Assert.NotEqual(before, Crc32C.Of(data));
    }

    // Bit by bit, with the reflected polynomial: no table, no instruction.
    private static uint Definition(ReadOnlySpan<byte> data)
    {
        var register = uint.MaxValue;
        foreach (var value in data)
        {
            register ^= value;
            for (var bit = 0; bit < 8; bit++)
                register = (register >> 1) ^ ((register & 1) * 0x82F63B78);
        }

        return ~register;
    }
}
