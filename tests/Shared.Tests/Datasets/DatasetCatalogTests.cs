using System.Security.Cryptography;
using System.Text;
using MiniBatch.Shared.Datasets;

namespace MiniBatch.Shared.Tests.Datasets;

public class DatasetCatalogTests
{
    [Fact]
    public void Get_of_an_unknown_name_lists_the_known_ones()
    {
        var message = Assert.Throws<DatasetException>(() => DatasetCatalog.Get("cifar")).Message;

        Assert.All(["cifar", "mnist", "fashion-mnist"], word => Assert.Contains(word, message));
    }

    [Fact]
    public void Every_dataset_is_found_by_its_name_and_has_ten_classes()
    {
        Assert.Equal(["mnist", "fashion-mnist"], DatasetCatalog.All.Select(description => description.Name));
        foreach (var description in DatasetCatalog.All)
        {
            Assert.Same(description, DatasetCatalog.Get(description.Name));
            Assert.Equal(10, description.ClassNames.Distinct().Count());
        }
    }

    [Fact]
    public void Sha256_is_that_of_the_four_hashes()
    {
        var mnist = DatasetCatalog.Mnist;
        var joined = $"{mnist.TrainImages.Sha256}\n{mnist.TrainLabels.Sha256}\n{mnist.TestImages.Sha256}\n{mnist.TestLabels.Sha256}";

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(joined))), mnist.Sha256);
        Assert.NotEqual(mnist.Sha256, DatasetCatalog.FashionMnist.Sha256);
    }
}
