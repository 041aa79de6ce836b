namespace MiniBatch.Shared.Datasets;

/// <summary>A dataset in memory.</summary>
/// <param name="Description">Null for a synthetic one.</param>
/// <param name="Train">Samples to train on.</param>
/// <param name="Test">Samples to evaluate on.</param>
public sealed record ImageDataset(DatasetDescription? Description, LabelledImages Train, LabelledImages Test)
{
    /// <summary>Both splits, for whatever takes samples of any kind.</summary>
    public DatasetSamples Samples => new(Train, Test);

    /// <summary>
    /// Reads the four files of a dataset, each on a thread of its own, and checks every one of them as a whole
    /// against its pinned SHA-256, also where a limit leaves most of it unused.
    /// </summary>
    /// <param name="description">Which dataset.</param>
    /// <param name="directory">Has the files under one of the names of <see cref="DatasetFiles"/>, plain or
    /// gzipped.</param>
    /// <param name="limitTrain">Take only so many training samples; null for all.</param>
    /// <param name="limitTest">Take only so many test samples; null for all.</param>
    /// <exception cref="DatasetException">A file is missing or is not, byte for byte, what it should be; it is
    /// named.</exception>
    public static ImageDataset Load(
        DatasetDescription description, string directory, int? limitTrain = null, int? limitTest = null)
    {
        var contents = new IdxContent[4];
        try
        {
            Parallel.For(
                0, contents.Length, i => contents[i] = DatasetFiles.ReadVerified(directory, description.Files[i]));
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<DatasetException>().FirstOrDefault() is { } first)
        {
            throw new DatasetException($"{first.Message}; {Advice(description, directory)}", first);
        }

        return new ImageDataset(
            description,
            Join(contents[0], contents[1]).Take(limitTrain),
            Join(contents[2], contents[3]).Take(limitTest));
    }

    /// <summary>What the program fetched can be fetched again; what people have put somewhere is theirs.</summary>
    private static string Advice(DatasetDescription description, string directory) =>
        directory == DatasetCache.OfUser().DirectoryOf(description) ? $"delete {directory}, and it is fetched again"
        : ForeignDataset.Describe(directory) is { } foreign ? $"{foreign}, and there is no workload for it"
        : $"put the file of {description.Title} there as it is published, or leave {DatasetLocator.Flag} out to have it fetched";

    // The hashes have been checked, so dimensions and labels are those of the published files.
    private static LabelledImages Join(IdxContent images, IdxContent labels) =>
        new(images.Values, labels.Values, images.Dimensions[1], images.Dimensions[2]);
}
