using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace MiniBatch.Benchmarks;

/// <summary>The share of a plain copy's bandwidth that a benchmark reaches: the baseline's mean time by its own.</summary>
public sealed class CopyShareColumn : IColumn
{
    /// <inheritdoc />
    public string Id => nameof(CopyShareColumn);

    /// <inheritdoc />
    public string ColumnName => "Of copy";

    /// <inheritdoc />
    public bool AlwaysShow => true;

    /// <inheritdoc />
    public ColumnCategory Category => ColumnCategory.Baseline;

    /// <inheritdoc />
    public int PriorityInCategory => 0;

    /// <inheritdoc />
    public bool IsNumeric => true;

    /// <inheritdoc />
    public UnitType UnitType => UnitType.Dimensionless;

    /// <inheritdoc />
    public string Legend => "Share of a plain copy's speed: the baseline's time by its own";

    /// <inheritdoc />
    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        var copy = summary.GetLogicalGroupKey(benchmarkCase) is { } group && summary.GetBaseline(group) is { } baseline ? Mean(summary, baseline) : null;
        return copy / Mean(summary, benchmarkCase) is { } share ? share.ToString("P0", CultureInfo.InvariantCulture) : "?";
    }

    /// <inheritdoc />
    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    /// <inheritdoc />
    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    /// <inheritdoc />
    public bool IsAvailable(Summary summary) => true;

    private static double? Mean(Summary summary, BenchmarkCase benchmarkCase) => summary[benchmarkCase]?.ResultStatistics?.Mean;
}
