using System.Buffers.Binary;
using System.Text;
using MiniBatch.Shared.Tests.Datasets;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Shared.Tests.Weights;

public sealed class SafetensorsTests : IDisposable
{
    private const string OneFloat = """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""";

    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("model.safetensors");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tensors_and_metadata_survive_a_round_trip()
    {
        Safetensors.Write(
            Path,
            [
                NamedTensor.OfFloats("fc.weight", [2, 3], [1, -2.5f, float.MinValue, float.NaN, -0f, 6]),
                NamedTensor.OfInt64s("bn.num_batches_tracked", [], [long.MaxValue]),
                NamedTensor.OfFloats("fc.bias", [0], []),
                NamedTensor.OfFloats("äöü \"quoted\"", [1], [7]),
            ],
            new Dictionary<string, string> { ["format"] = "pt", ["run"] = "x\ny" });
        var content = Safetensors.Read(Path);

        Assert.Equal(new Dictionary<string, string> { ["format"] = "pt", ["run"] = "x\ny" }, content.Metadata);
        Assert.Equal(4, content.Tensors.Count);
        Assert.Equal([2, 3], Named(content, "fc.weight").Shape);
        Assert.Equal("0000803F000020C0FFFF7FFF0000C0FF000000800000C040", Convert.ToHexString(Named(content, "fc.weight").Bytes.Span));
        Assert.Equal([long.MaxValue], Named(content, "bn.num_batches_tracked").Int64s.ToArray());
        Assert.Empty(Named(content, "fc.bias").Floats.ToArray());
        Assert.Equal([7f], Named(content, "äöü \"quoted\"").Floats.ToArray());
    }

    [Fact]
    public void Write_gives_the_published_layout()
    {
        Safetensors.Write(Path, [NamedTensor.OfFloats("a", [1], [1])]);
        var file = File.ReadAllBytes(Path);
        var headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(file);

        Assert.Equal(OneFloat, Encoding.UTF8.GetString(file, 8, headerLength).TrimEnd(' '));
        Assert.Equal(0, (8 + headerLength) % 8);
        Assert.Equal([0, 0, 0x80, 0x3F], file[(8 + headerLength)..]);
    }

    [Fact]
    public void Write_keeps_every_tensor_aligned()
    {
        Safetensors.Write(Path, [NamedTensor.OfFloats("odd", [3], [1, 2, 3]), NamedTensor.OfInt64s("count", [1], [4])]);

        Assert.Equal(["count", "odd"], Safetensors.Read(Path).Tensors.Select(tensor => tensor.Name));
    }

    [Fact]
    public void Write_replaces_a_file_and_leaves_nothing_beside_it()
    {
        Safetensors.Write(Path, [NamedTensor.OfFloats("a", [1], [1])]);
        Safetensors.Write(Path, [NamedTensor.OfFloats("a", [1], [2])]);

        Assert.Equal([2f], Safetensors.Read(Path).Tensors[0].Floats.ToArray());
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Write_that_fails_leaves_the_earlier_file_and_nothing_beside_it()
    {
        Directory.CreateDirectory(Path);
        File.WriteAllText(System.IO.Path.Combine(Path, "in the way"), "");

        Assert.Contains(Path, Assert.Throws<WeightsException>(() => Safetensors.Write(Path, [NamedTensor.OfFloats("a", [1], [1])])).Message);
        Assert.Equal([Path], Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Write_into_a_missing_folder_is_refused_by_name() =>
        Assert.Contains(
            "nowhere",
            Assert.Throws<WeightsException>(() => Safetensors.Write(_folder.File("nowhere/x"), [])).Message);

    [Fact]
    public void Write_of_two_tensors_of_one_name_is_refused() =>
        Assert.Throws<ArgumentException>(
            () => Safetensors.Write(Path, [NamedTensor.OfFloats("a", [1], [1]), NamedTensor.OfFloats("a", [1], [2])]));

    [Fact]
    public void Tensor_whose_shape_is_not_its_values_is_refused()
    {
        Assert.Throws<ArgumentException>(() => NamedTensor.OfFloats("a", [2, 2], [1, 2, 3]));
        Assert.Throws<ArgumentException>(() => NamedTensor.OfFloats("a", [-1], []));
        Assert.Throws<ArgumentException>(() => NamedTensor.OfFloats("a", [1L << 62, 4], []));
        Assert.Throws<InvalidOperationException>(() => NamedTensor.OfFloats("a", [1], [1]).Int64s.Length);
    }

    [Fact]
    public void Read_of_a_file_cut_anywhere_is_refused()
    {
        Safetensors.Write(Path, [NamedTensor.OfFloats("a", [2], [1, 2]), NamedTensor.OfFloats("b", [1], [3])]);
        var whole = File.ReadAllBytes(Path);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(Path, whole[..length]);
            AssertRefused("");
        }
    }

    [Theory]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{", "malformed")]
    [InlineData("""{"a":1}""", "malformed")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", "no data_offsets")]
    [InlineData("""{"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}""", "type I32, only F16, BF16, F32, F64 and I64 are read")]
    [InlineData("""{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}}""", "4 bytes, which are not F16[1]")]
    [InlineData("""{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,4]}}""", "4 bytes, which are not F64[1]")]
    [InlineData("""{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,8]}}""", "truncated")]
    [InlineData("""{"a":{"dtype":7,"shape":[2],"data_offsets":[0,4]}}""", "malformed")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "not F32[2]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "not F32[-1]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", "malformed")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "impossible offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", "impossible offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}""", "impossible offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,99999999999999999999]}}""", "malformed")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}""", "two entries a")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "4 bytes of data where its header describes 0")]
    [InlineData("""{"__metadata__":{"x":1},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "malformed")]
    public void Read_of_a_header_that_the_format_forbids_is_refused(string header, string reason)
    {
        Put((ulong)Encoding.UTF8.GetByteCount(header), header);

        AssertRefused(reason);
    }

    [Theory]
    [InlineData("F16", "003C00C0FF7B0100007C", new[] { 1f, -2f, 65504f, 5.9604645e-8f, float.PositiveInfinity })]
    [InlineData("BF16", "803F00C0C07F7F7F01000080", new[] { 1f, -2f, float.NaN, 3.3895314e38f, 9.1835e-41f, -0f })]
    // 1/3, the halves between two float32s (to the even one), the largest that rounds into float32, the smallest F64
    [InlineData("F64", "555555555555D53F 000000100000F03F 000000300000F03F FFFFFFEFFFFFEF47 0100000000000000 000000000000F07F",
        new[] { 1f / 3, 1f, 1.0000002f, float.MaxValue, 0f, float.PositiveInfinity })]
    public void Read_of_floats_of_another_size_gives_the_nearest_float32(string dtype, string bytes, float[] values)
    {
        var data = Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal));
        Put($$$"""{"a":{"dtype":"{{{dtype}}}","shape":[{{{values.Length}}},1],"data_offsets":[0,{{{data.Length}}}]}}""", data);
        var read = Safetensors.Read(Path).Tensors.Single();
        Assert.Equal((TensorType.F32, 2), (read.Type, read.Shape.Count));
        Assert.Equal(values.Select(Canonical), read.Floats.ToArray().Select(Canonical));

        static uint Canonical(float value) => BitConverter.SingleToUInt32Bits(float.IsNaN(value) ? float.NaN : value);
    }

    [Fact]
    public void Read_of_a_value_that_float32_cannot_hold_is_refused()
    {
        Put("""{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}}""", [.. BitConverter.GetBytes(1.0), .. BitConverter.GetBytes(-1e39)]);
        AssertRefused("a value in a that is -1E+39, which is too large for float32");
    }

    [Fact]
    public void Read_of_a_header_that_announces_too_much_is_refused()
    {
        Put(ulong.MaxValue, OneFloat);
        AssertRefused("would have");
        Put(1000, OneFloat);
        AssertRefused("ends within its header");
    }

    [Fact]
    public void Read_of_the_smallest_file_by_hand_gives_its_tensor()
    {
        Put((ulong)OneFloat.Length, OneFloat);

        Assert.Equal(1, Safetensors.Read(Path).Tensors.Single().ElementCount);
    }

    [Fact]
    public void Read_of_a_missing_file_is_refused_by_name() => AssertRefused("cannot be read");

    [Fact]
    public void Sha256OfFloats_is_that_of_the_little_endian_bytes()
    {
        // sha256sum of 00 00 80 3f 00 00 00 c0
        Assert.Equal("ee4ac73c2bd27756ab82780f27c73a7bc4d3f0bb6acb37e008bc27eccd7e588b", ParameterHash.Sha256OfFloats([1f, -2f]));
        Assert.NotEqual(ParameterHash.Sha256OfFloats([0f]), ParameterHash.Sha256OfFloats([-0f]));
    }

    private static NamedTensor Named(SafetensorsContent content, string name) => content.Tensors.Single(tensor => tensor.Name == name);

    private void Put(string header, byte[] data) =>
        File.WriteAllBytes(Path, [.. BitConverter.GetBytes((ulong)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header), .. data]);

    // A file with the four bytes of one float as its data.
    private void Put(ulong headerLength, string header) =>
        File.WriteAllBytes(Path, [.. BitConverter.GetBytes(headerLength), .. Encoding.UTF8.GetBytes(header), 0, 0, 0, 0]);

    private void AssertRefused(string reason)
    {
        var message = Assert.Throws<WeightsException>(() => Safetensors.Read(Path)).Message;

        Assert.Contains(Path, message);
        Assert.Contains(reason, message);
        Assert.DoesNotContain('\n', message);
    }
}
