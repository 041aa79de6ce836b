using MiniBatch.Shared.Datasets;

namespace MiniBatch.Shared.Tests.Datasets;

/// <summary>The real datasets, found or fetched once for all tests that use them.</summary>
public sealed class DatasetFixture
{
    // Static: test classes run at the same time, each with a fixture of its own.
    private static readonly Dictionary<string, Lazy<string>> Directories = DatasetCatalog.All.ToDictionary(
        description => description.Name,
        description => new Lazy<string>(() => DatasetLocator.FindOrFetch(description, dataDirectory: null, _ => { })));

    public string DirectoryOf(DatasetDescription description) => Directories[description.Name].Value;

    public ImageDataset Load(DatasetDescription description) => ImageDataset.Load(description, DirectoryOf(description));
}
