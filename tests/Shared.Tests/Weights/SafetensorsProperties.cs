using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MiniBatch.Shared.Tests.Datasets;
using MiniBatch.Shared.Tests.Properties;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Shared.Tests.Weights;

/// <summary>What is written is what is read, whatever the names, shapes and bits.</summary>
[Properties(Arbitrary = [typeof(WeightsArbitrary)], MaxTest = 60, QuietOnSuccess = true)]
public sealed class SafetensorsProperties : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Property]
    public void Tensors_and_metadata_survive_a_round_trip(WrittenWeights written)
    {
        var path = _folder.File("model.safetensors");
        Safetensors.Write(path, written.Tensors, written.Metadata);
        var read = Safetensors.Read(path);

        Assert.Equal(written.Metadata, read.Metadata);
        Assert.Equal(Lines(written.Tensors), Lines(read.Tensors));
    }

    private static IEnumerable<string> Lines(IEnumerable<NamedTensor> tensors) =>
        tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).Select(WrittenWeights.Line);
}

/// <summary>The content of a file.</summary>
public sealed record WrittenWeights(NamedTensor[] Tensors, Dictionary<string, string> Metadata)
{
    public static string Line(NamedTensor tensor) =>
        $"{tensor.Name}: {tensor.Type}[{string.Join(", ", tensor.Shape)}] {Convert.ToHexString(tensor.Bytes.Span)}";

    public override string ToString() => $"{string.Join("; ", Tensors.Select(Line))} with {string.Join(", ", Metadata)}";
}

public static class WeightsArbitrary
{
    public static Arbitrary<WrittenWeights> Weights() => Arb.From(
        from count in Gen.Choose(0, 6)
        from tensors in Gen.ArrayOf(Tensor, count)
        from entryCount in Gen.Choose(0, 3)
        from entries in Gen.ArrayOf(from key in Texts.Any from value in Texts.Any select (Key: key, Value: value), entryCount)
        select new WrittenWeights(
            [.. tensors.DistinctBy(tensor => tensor.Name)], entries.DistinctBy(entry => entry.Key).ToDictionary(entry => entry.Key, entry => entry.Value)),
        Shrink);

    private static IEnumerable<WrittenWeights> Shrink(WrittenWeights weights) =>
        Shrinks.Of(weights.Tensors).Select(tensors => weights with { Tensors = tensors })
            .Concat(Shrinks.Of(weights.Metadata.ToArray()).Select(entries => weights with { Metadata = entries.ToDictionary() }))
            .Concat(weights.Tensors.SelectMany((tensor, i) => Texts.Shrink(tensor.Name)
                .Where(name => weights.Tensors.All(other => other.Name != name))
                .Select(name => weights with { Tensors = [.. weights.Tensors[..i], tensor.Renamed(name), .. weights.Tensors[(i + 1)..]] })));

    private static Gen<NamedTensor> Tensor { get; } =
        from name in Texts.Any
        from dimensions in Gen.Choose(0, 4)
        from shape in Gen.ArrayOf(from size in Gen.Choose(0, 4) select (long)size, dimensions)
        let count = (int)shape.Aggregate(1L, (product, size) => product * size)
        from isFloat in Gen.Frequency((3, Gen.Constant(true)), (1, Gen.Constant(false)))
        from tensor in isFloat
            ? (from values in Gen.ArrayOf(Floats.Any, count) select NamedTensor.OfFloats(name, shape, values))
            : (from values in Gen.ArrayOf(Int64, count) select NamedTensor.OfInt64s(name, shape, values))
        select tensor;

    private static Gen<long> Int64 { get; } =
        from high in Gen.Choose(int.MinValue, int.MaxValue) from low in Gen.Choose(int.MinValue, int.MaxValue) select ((long)high << 32) | (uint)low;
}
