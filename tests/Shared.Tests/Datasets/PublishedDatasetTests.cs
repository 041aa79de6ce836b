using MiniBatch.Shared.Datasets;

namespace MiniBatch.Shared.Tests.Datasets;

/// <summary>The real datasets, from where the user would get them.</summary>
public sealed class PublishedDatasetTests(DatasetFixture datasets) : IClassFixture<DatasetFixture>
{
    [Theory]
    [InlineData("mnist", new[] { 5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949 })]
    [InlineData("fashion-mnist", new[] { 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000 })]
    public void Load_gives_the_published_samples(string name, int[] trainSamplesByLabel)
    {
        var description = DatasetCatalog.Get(name);
        var dataset = datasets.Load(description);

        Assert.Equal(description.TrainCount, dataset.Train.Count);
        Assert.Equal(description.TestCount, dataset.Test.Count);
        Assert.Equal((description.Rows, description.Columns), (dataset.Train.Rows, dataset.Train.Columns));
        Assert.Equal(trainSamplesByLabel, Enumerable.Range(0, 10).Select(label => dataset.Train.Labels.Count(other => other == label)));
    }

    [Fact]
    public void Load_of_one_dataset_from_the_files_of_another_is_refused() =>
        Assert.Contains(
            "SHA-256",
            Assert.Throws<DatasetException>(
                () => ImageDataset.Load(DatasetCatalog.FashionMnist, datasets.DirectoryOf(DatasetCatalog.Mnist))).Message);
}
