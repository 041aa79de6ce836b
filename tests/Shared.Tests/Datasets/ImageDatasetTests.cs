using MiniBatch.Shared.Datasets;

namespace MiniBatch.Shared.Tests.Datasets;

public sealed class ImageDatasetTests(DatasetFixture datasets) : IClassFixture<DatasetFixture>
{
    [Theory]
    [InlineData("mnist", new[] { 5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949 })]
    [InlineData("fashion-mnist", new[] { 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000 })]
    public void Load_gives_the_published_samples(string name, int[] trainSamplesByLabel)
    {
        var dataset = datasets.Load(DatasetCatalog.Get(name));

        Assert.Equal((60_000, 28, 28), (dataset.Train.Count, dataset.Train.Rows, dataset.Train.Columns));
        Assert.Equal((10_000, 28, 28), (dataset.Test.Count, dataset.Test.Rows, dataset.Test.Columns));
        Assert.Equal(trainSamplesByLabel, Enumerable.Range(0, 10).Select(label => dataset.Train.Labels.Count(other => other == label)));
    }

    [Fact]
    public void Load_with_limits_takes_the_first_samples()
    {
        var whole = datasets.Load(DatasetCatalog.Mnist);
        var limited = datasets.Load(DatasetCatalog.Mnist, limitTrain: 100, limitTest: 20_000);

        Assert.Equal(100, limited.Train.Count);
        Assert.Equal(10_000, limited.Test.Count);
        Assert.Equal(whole.Train.Images[..78_400], limited.Train.Images);
        Assert.Equal(whole.Train.Labels[..100], limited.Train.Labels);
    }

    [Fact]
    public void Load_finds_one_flipped_bit_and_names_the_file()
    {
        using var folder = CopyOfMnist();
        foreach (var file in DatasetCatalog.Mnist.Files)
        {
            Flip(folder.File(file.Name));
            var message = Assert.Throws<DatasetException>(() => ImageDataset.Load(DatasetCatalog.Mnist, folder.Path, limitTrain: 1)).Message;
            Flip(folder.File(file.Name));

            Assert.Contains(folder.File(file.Name), message);
            Assert.Contains("damaged", message);
        }

        Assert.Equal(1, ImageDataset.Load(DatasetCatalog.Mnist, folder.Path, limitTrain: 1).Train.Count);
    }

    [Fact]
    public void Load_takes_the_dotted_names_too()
    {
        using var folder = CopyOfMnist();
        foreach (var file in DatasetCatalog.Mnist.Files)
            File.Move(folder.File(file.Name), folder.File(file.Name.Replace("-idx", ".idx")));

        Assert.Equal(10, ImageDataset.Load(DatasetCatalog.Mnist, folder.Path, limitTest: 10).Test.Count);
    }

    [Fact]
    public void Load_names_the_file_that_is_missing()
    {
        using var folder = CopyOfMnist();
        File.Delete(folder.File("t10k-labels-idx1-ubyte"));

        Assert.Contains(
            "t10k-labels-idx1-ubyte",
            Assert.Throws<DatasetException>(() => ImageDataset.Load(DatasetCatalog.Mnist, folder.Path)).Message);
    }

    [Fact]
    public void Load_of_one_dataset_from_the_files_of_another_is_refused() =>
        Assert.Contains(
            "SHA-256",
            Assert.Throws<DatasetException>(
                () => ImageDataset.Load(DatasetCatalog.FashionMnist, datasets.DirectoryOf(DatasetCatalog.Mnist))).Message);

    private static void Flip(string path)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.Position = file.Length - 5;
        var value = file.ReadByte();
        file.Position = file.Length - 5;
        file.WriteByte((byte)(value ^ 1));
    }

    private TemporaryFolder CopyOfMnist()
    {
        var folder = new TemporaryFolder();
        foreach (var file in DatasetCatalog.Mnist.Files)
            File.Copy(DatasetFiles.PathIn(datasets.DirectoryOf(DatasetCatalog.Mnist), file)!, folder.File(file.Name));
        return folder;
    }
}
