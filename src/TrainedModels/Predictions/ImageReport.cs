namespace MiniBatch.TrainedModels.Predictions;

/// <summary>What a model says of one image; for scripts (<c>predict --json</c>).</summary>
public sealed record ImageReport
{
    /// <summary>Name in the workload catalogue.</summary>
    public required string Workload { get; init; }

    /// <summary>For people: the file, or the dataset's sample.</summary>
    public required string Image { get; init; }

    /// <summary>What it is; null where nobody knows.</summary>
    public required int? Label { get; init; }

    /// <summary>What the model takes it for.</summary>
    public required int Predicted { get; init; }

    /// <summary>By label.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>By label, 0…1.</summary>
    public required IReadOnlyList<double> Probabilities { get; init; }
}
