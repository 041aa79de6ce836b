namespace MiniBatch.Shared.Datasets;

/// <summary>What can be learnt from: images in files (<see cref="DatasetDescription"/>), or a table that the program holds.</summary>
/// <param name="Name">As it is typed, and stands in a RunSpec.</param>
/// <param name="Title">As people write it.</param>
public abstract record Dataset(string Name, string Title)
{
    /// <summary>Samples to train on.</summary>
    public abstract int TrainCount { get; }

    /// <summary>Samples to evaluate on.</summary>
    public abstract int TestCount { get; }

    /// <summary>The identity of its content, lower-case hex.</summary>
    public abstract string Sha256 { get; }

    /// <summary>The folder of its files, into which they are fetched if need be; null where it has none.</summary>
    /// <param name="named">Directory that the user named; null to look in the usual places.</param>
    /// <param name="say">Gets a line a thing tried.</param>
    /// <exception cref="DatasetException">Nothing found, nothing fetched; says every way that was tried.</exception>
    public abstract string? Locate(string? named, Action<string> say);

    /// <summary>Reads it where it is on this machine; fetches nothing.</summary>
    /// <param name="named">Directory that the user named; null to look in the usual places.</param>
    /// <param name="limitTrain">Take only so many training samples; null for all.</param>
    /// <param name="limitTest">Take only so many test samples; null for all.</param>
    /// <exception cref="DatasetException">It is not there, or is not what it should be.</exception>
    public abstract DatasetSamples Load(string? named, int? limitTrain = null, int? limitTest = null);
}
