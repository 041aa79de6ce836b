namespace MiniBatch.Shared.Datasets;

/// <summary>The datasets that the program knows.</summary>
public static class DatasetCatalog
{
    /// <summary>LeCun, Cortes and Burges, "The MNIST database of handwritten digits", 1998.</summary>
    public static DatasetDescription Mnist { get; } = new(
        "mnist",
        "MNIST",
        ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
        new("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        new("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        new("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        new("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"));

    /// <summary>Xiao, Rasul and Vollgraf, "Fashion-MNIST", arXiv:1708.07747, 2017.</summary>
    public static DatasetDescription FashionMnist { get; } = new(
        "fashion-mnist",
        "FashionMNIST",
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
        new("train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
        new("train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
        new("t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
        new("t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"));

    public static IReadOnlyList<DatasetDescription> All { get; } = [Mnist, FashionMnist];

    /// <summary>The dataset of that name.</summary>
    /// <exception cref="DatasetException">There is none; the message lists those that there are.</exception>
    public static DatasetDescription Get(string name) =>
        All.FirstOrDefault(description => description.Name == name)
        ?? throw new DatasetException(
            $"There is no dataset \"{name}\": choose one of {string.Join(", ", All.Select(description => description.Name))}.");
}
