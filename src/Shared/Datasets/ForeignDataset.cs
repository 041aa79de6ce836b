using System.Security.Cryptography;

namespace MiniBatch.Shared.Datasets;

/// <summary>Datasets in MNIST's format that people have and that are not trained on here; told apart, so that people learn why.</summary>
public static class ForeignDataset
{
    /// <summary>MD5 of the published training images, gzipped.</summary>
    /// <remarks>Source: torchvision's <c>datasets/mnist.py</c>, which checks its downloads against these.</remarks>
    private const string KmnistImagesMd5 = "bdb82020997e1d708af4cf47b453dcf7";

    private static readonly (string Word, string Says)[] Known =
    [
        ("emnist", "EMNIST: its images are stored transposed, and its splits have 10 to 62 classes, letters among them"),
        ("kmnist", "KMNIST: its classes are ten Hiragana, not digits, in files of MNIST's names"),
        ("qmnist", "QMNIST: its labels are eight numbers an image, and its test split has 60,000 images"),
    ];

    /// <summary>What a folder has instead of a dataset that is known here.</summary>
    /// <param name="directory">Where the files are, or torchvision's folder above them.</param>
    /// <returns>One clause, such as "it is KMNIST: …"; null where it is none of these.</returns>
    public static string? Describe(string directory)
    {
        if (!Directory.Exists(directory)) return null;
        var files = Directory.EnumerateFiles(directory, "*-ubyte*").Concat(Directory.EnumerateFiles(directory, "*-int*")).Select(file => Path.GetFileName(file)).ToList();
        var folders = Directory.EnumerateDirectories(directory).Select(folder => Path.GetFileName(folder)).ToList();
        // "MNIST" is a part of each name, and of "FashionMNIST": only the words are looked for, in names and in the last two folders.
        string[] places = [.. files, .. folders, .. Path.GetFullPath(directory).TrimEnd('/').Split('/').TakeLast(2)];
        var found = Known.FirstOrDefault(one => places.Any(place => place.Contains(one.Word, StringComparison.OrdinalIgnoreCase)));
        if (found.Says is null && IsKmnist(Path.Combine(directory, "train-images-idx3-ubyte.gz"))) found = Known[1];
        return found.Says is null ? null : $"it is {found.Says}";
    }

    private static bool IsKmnist(string images)
    {
        if (!File.Exists(images)) return false;
        using var file = File.OpenRead(images);
        return Convert.ToHexStringLower(MD5.HashData(file)) == KmnistImagesMd5;
    }
}
