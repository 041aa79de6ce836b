namespace MiniBatch.Launcher.Bench;

/// <summary>A whole benchmark: what <c>--json</c> writes.</summary>
public sealed record BenchResult
{
    /// <summary>When it was begun.</summary>
    public required DateTimeOffset Taken { get; init; }

    /// <summary>Where.</summary>
    public required Machine Machine { get; init; }

    /// <summary>What the systems computed on, as <c>./cluster devices</c> says it.</summary>
    public required string Device { get; init; }

    /// <summary>G of every system.</summary>
    public required int GlobalBatch { get; init; }

    /// <summary>M of MiniBatch's runs.</summary>
    public required int Slots { get; init; }

    /// <summary>Measurements of each system and workload.</summary>
    public required int Rounds { get; init; }

    /// <summary>The figures.</summary>
    public required IReadOnlyList<BenchRow> Rows { get; init; }
}
