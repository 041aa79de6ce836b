using MiniBatch.Shared.Datasets;

namespace MiniBatch.Shared.Tests.Datasets;

public sealed class ImageDatasetTests : IDisposable
{
    private static readonly DatasetDescription Tiny = TinyDataset.Description;

    private readonly TemporaryFolder _folder = new();

    public ImageDatasetTests() => TinyDataset.Put(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_puts_images_and_labels_together()
    {
        var dataset = ImageDataset.Load(Tiny, _folder.Path);

        Assert.Same(Tiny, dataset.Description);
        Assert.Equal((30, 2, 3), (dataset.Train.Count, dataset.Train.Rows, dataset.Train.Columns));
        Assert.Equal([6, 7, 8, 9, 10, 11], dataset.Train.Image(1).ToArray());
        Assert.Equal(20, dataset.Test.Count);
        Assert.Equal([0, 1, 2], dataset.Test.Labels[..3]);
    }

    [Fact]
    public void Load_with_limits_takes_the_first_samples()
    {
        var limited = ImageDataset.Load(Tiny, _folder.Path, limitTrain: 3, limitTest: 1000);

        Assert.Equal([0, 1, 2], limited.Train.Labels);
        Assert.Equal(18, limited.Train.Images.Length);
        Assert.Equal(20, limited.Test.Count);
    }

    [Fact]
    public void Load_finds_one_flipped_bit_and_names_the_file()
    {
        foreach (var file in Tiny.Files)
        {
            TinyDataset.Flip(_folder.File(file.Name));
            Assert.Contains($"{_folder.File(file.Name)} is damaged", Refusal());
            TinyDataset.Flip(_folder.File(file.Name));
        }

        Assert.Equal(30, ImageDataset.Load(Tiny, _folder.Path).Train.Count);
    }

    [Fact]
    public void Load_of_a_damaged_file_that_the_user_has_put_there_does_not_advise_to_delete_it()
    {
        TinyDataset.Flip(_folder.File("t10k-labels-idx1-ubyte"));
        Assert.EndsWith("; put the file of Tiny there as it is published, or leave --data out to have it fetched", Refusal());
    }

    [Fact]
    public void Load_of_a_relative_of_MNIST_in_files_of_the_same_names_says_which_it_is()
    {
        var raw = TinyDataset.Put(Path.Combine(_folder.Path, "KMNIST", "raw"));
        TinyDataset.Flip(Path.Combine(raw, "train-images-idx3-ubyte"));
        var message = Assert.Throws<DatasetException>(() => ImageDataset.Load(Tiny, raw)).Message;
        Assert.EndsWith("; it is KMNIST: its classes are ten Hiragana, not digits, in files of MNIST's names, and there is no workload for it", message);
    }

    [Fact]
    public void Load_names_the_file_that_is_missing_or_cut()
    {
        File.WriteAllBytes(_folder.File("train-images-idx3-ubyte"), File.ReadAllBytes(_folder.File("train-images-idx3-ubyte"))[..^1]);
        Assert.Contains($"{_folder.File("train-images-idx3-ubyte")} ends after 179 of the 180 values", Refusal());
        TinyDataset.Put(_folder.Path);
        File.Delete(_folder.File("t10k-labels-idx1-ubyte"));
        Assert.Contains("has no t10k-labels-idx1-ubyte", Refusal());
    }

    [Fact]
    public void Load_takes_the_dotted_names_too()
    {
        foreach (var file in Tiny.Files)
            File.Move(_folder.File(file.Name), _folder.File(file.Name.Replace("-idx", ".idx")));

        Assert.Equal(30, ImageDataset.Load(Tiny, _folder.Path).Train.Count);
    }

    // Even a limit of one sample is no excuse to miss the damage at the end of the file.
    private string Refusal()
    {
        var message = Assert.Throws<DatasetException>(() => ImageDataset.Load(Tiny, _folder.Path, limitTrain: 1, limitTest: 1)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
