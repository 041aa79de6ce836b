using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MiniBatch.Shared.Numerics;

namespace MiniBatch.Shared.Datasets;

/// <summary>A table of numbers: a row a sample, some columns of inputs, some of targets.</summary>
public sealed class Table : SampleSet
{
    private readonly float[] _values;

    /// <param name="inputColumns">Columns of inputs; the others are targets.</param>
    /// <param name="rows">float32, each as long as the others; copied.</param>
    /// <exception cref="ArgumentException">There is no row, a row is shorter or longer than the first, or nothing is left to learn.</exception>
    public Table(int inputColumns, params float[][] rows)
    {
        if (rows.Length == 0 || inputColumns < 1 || rows.Any(row => row.Length != rows[0].Length) || rows[0].Length <= inputColumns)
            throw new ArgumentException("a table has rows of one length, with inputs and at least one target");
        (InputColumns, TargetColumns) = (inputColumns, rows[0].Length - inputColumns);
        Count = rows.Length;
        _values = [.. rows.SelectMany(row => row)];
    }

    /// <inheritdoc />
    public override int Count { get; }

    /// <summary>Numbers that a sample has to learn from.</summary>
    public int InputColumns { get; }

    /// <summary>Numbers that are to be learnt; of a classification, one: the class.</summary>
    public int TargetColumns { get; }

    /// <inheritdoc />
    public override int BytesPerSample => (InputColumns + TargetColumns) * sizeof(float);

    /// <summary>Inputs of a sample, float32[InputColumns].</summary>
    public ReadOnlySpan<float> Inputs(int sample) => Row(sample)[..InputColumns];

    /// <summary>Targets of a sample, float32[TargetColumns].</summary>
    public ReadOnlySpan<float> Targets(int sample) => Row(sample)[InputColumns..];

    /// <summary>SHA-256 over all rows as little-endian float32s, lower-case hex.</summary>
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(_values)));

    /// <summary>The first rows.</summary>
    /// <param name="limit">How many; null for all.</param>
    public Table Take(int? limit) =>
        limit is not { } count || count >= Count ? this : new Table(InputColumns, [.. Enumerable.Range(0, count).Select(sample => Row(sample).ToArray())]);

    /// <inheritdoc />
    protected override uint AppendCrc(uint crc, int sample) => Crc32C.Append(crc, MemoryMarshal.AsBytes(Row(sample)));

    private ReadOnlySpan<float> Row(int sample) =>
        _values.AsSpan(sample * (InputColumns + TargetColumns), InputColumns + TargetColumns);
}

/// <summary>A table that the program holds; what it is trained on is what it is evaluated on.</summary>
/// <param name="Name">As it stands in a RunSpec.</param>
/// <param name="Title">As people write it.</param>
/// <param name="Table">Its content.</param>
public sealed record TableDataset(string Name, string Title, Table Table) : Dataset(Name, Title)
{
    /// <inheritdoc />
    public override int TrainCount => Table.Count;

    /// <inheritdoc />
    public override int TestCount => Table.Count;

    /// <inheritdoc />
    public override string Sha256 => Table.Sha256;

    /// <inheritdoc />
    public override string? Locate(string? named, Action<string> say) => null;

    /// <inheritdoc />
    public override DatasetSamples Load(string? named, int? limitTrain = null, int? limitTest = null) =>
        new(Table.Take(limitTrain), Table.Take(limitTest));
}
