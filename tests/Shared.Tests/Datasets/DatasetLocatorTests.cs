using MiniBatch.Shared.Datasets;

namespace MiniBatch.Shared.Tests.Datasets;

public sealed class DatasetLocatorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DatasetCache _cache;

    public DatasetLocatorTests() => _cache = new DatasetCache(_folder.File("cache"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_takes_the_named_folder_or_its_subfolder_of_the_datasets_name()
    {
        var direct = PutFiles(_folder.File("direct"), suffix: ".gz");
        var nested = PutFiles(Path.Combine(_folder.File("nested"), "mnist"));

        Assert.Equal(direct, Find(direct));
        Assert.Equal(nested, Find(_folder.File("nested")));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".gz")]
    public void Find_takes_torchvisions_root_and_the_folder_below_it(string suffix)
    {
        var raw = PutFiles(Path.Combine(_folder.File("torchvision"), "MNIST", "raw"), suffix);

        Assert.Equal(raw, Find(_folder.File("torchvision")));
        Assert.Equal(raw, Find(Path.Combine(_folder.File("torchvision"), "MNIST")));
        Assert.Equal(raw, Find(raw));
    }

    [Theory]
    [InlineData("EMNIST/raw", "emnist-letters-train-images-idx3-ubyte", "it is EMNIST: its images are stored transposed")]
    [InlineData("qmnist", "qmnist-train-labels-idx2-int.gz", "it is QMNIST: its labels are eight numbers")]
    [InlineData("KMNIST/raw", "train-images-idx3-ubyte", "it is KMNIST: its classes are ten Hiragana")]
    public void Find_of_a_relative_of_MNIST_says_which_it_is_and_why_it_is_refused(string folder, string file, string says)
    {
        var directory = Path.Combine(_folder.Path, folder);
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, file), "not looked at");

        Assert.Contains(says, Refusal(directory));
        Assert.EndsWith(", and there is no workload for it", Refusal(directory));
        if (folder.EndsWith("/raw", StringComparison.Ordinal)) Assert.Contains(says, Refusal(_folder.Path));
    }

    [Fact]
    public void Find_of_a_named_folder_without_the_files_is_refused_though_the_cache_has_them()
    {
        PutFiles(_cache.DirectoryOf(DatasetCatalog.Mnist));
        var partial = PutFiles(_folder.File("partial"));
        File.Delete(Path.Combine(partial, "t10k-images-idx3-ubyte"));

        Assert.Contains("has no t10k-images-idx3-ubyte", Refusal(partial));
        Assert.Contains("does not exist", Refusal(_folder.File("nowhere")));
    }

    [Fact]
    public void Find_takes_the_cache_where_nothing_is_named()
    {
        Assert.Null(Find(null));
        var cached = PutFiles(_cache.DirectoryOf(DatasetCatalog.Mnist));

        Assert.Equal(cached, Find(null));
    }

    [Fact]
    public void Find_prefers_the_flag_to_the_variable_and_names_the_one_at_fault()
    {
        var one = PutFiles(_folder.File("one"));
        var other = PutFiles(_folder.File("other"));

        Assert.Equal(one, Find(one, other));
        Assert.Equal(other, Find(null, other));
        Assert.StartsWith("MINIBATCH_DATA names", Assert.Throws<DatasetException>(() => Find(null, _folder.Path)).Message);
    }

    [Theory]
    [InlineData("/caches", "/caches/minibatch/datasets/mnist")]
    [InlineData("relative", "/home/me/.cache/minibatch/datasets/mnist")]
    [InlineData("", "/home/me/.cache/minibatch/datasets/mnist")]
    [InlineData(null, "/home/me/.cache/minibatch/datasets/mnist")]
    public void Cache_lies_where_the_user_keeps_caches(string? cacheHome, string expected) =>
        Assert.Equal(expected, DatasetCache.Under(cacheHome, "/home/me").DirectoryOf(DatasetCatalog.Mnist));

    private string? Find(string? flag, string? variable = null) => DatasetLocator.Find(DatasetCatalog.Mnist, flag, variable, _cache);

    private string Refusal(string directory)
    {
        var message = Assert.Throws<DatasetException>(() => Find(directory)).Message;
        Assert.Contains(directory, message);
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private static string PutFiles(string directory, string suffix = "")
    {
        Directory.CreateDirectory(directory);
        foreach (var file in DatasetCatalog.Mnist.Files)
            File.WriteAllText(Path.Combine(directory, file.Name + suffix), "not looked at");
        return directory;
    }
}
