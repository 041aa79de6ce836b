using System.Security.Cryptography;
using MiniBatch.Shared.Datasets;

namespace MiniBatch.Shared.Tests.Datasets;

/// <summary>
/// A dataset of 30 training and 20 test images of 2×3 pixels, with its pinned hashes: what needs no download.
/// </summary>
internal static class TinyDataset
{
    private static readonly byte[][] Contents = [Images(30), Labels(30), Images(20), Labels(20)];

    public static DatasetDescription Description { get; } = new(
        "tiny",
        "Tiny",
        DatasetCatalog.Mnist.ClassNames,
        File("train-images-idx3-ubyte", 0),
        File("train-labels-idx1-ubyte", 1),
        File("t10k-images-idx3-ubyte", 2),
        File("t10k-labels-idx1-ubyte", 3))
    {
    };

    /// <summary>Puts the four files into a folder, which is made if need be; returns it.</summary>
    public static string Put(string directory)
    {
        Directory.CreateDirectory(directory);
        foreach (var (file, content) in Description.Files.Zip(Contents))
            System.IO.File.WriteAllBytes(Path.Combine(directory, file.Name), content);
        return directory;
    }

    /// <summary>Turns the last bit of a file around.</summary>
    public static void Flip(string path)
    {
        var content = System.IO.File.ReadAllBytes(path);
        content[^1] ^= 1;
        System.IO.File.WriteAllBytes(path, content);
    }

    private static DatasetFile File(string name, int index) => new(name, Convert.ToHexStringLower(SHA256.HashData(Contents[index])));

    private static byte[] Images(byte count) =>
        [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 2, 0, 0, 0, 3, .. Enumerable.Range(0, count * 6).Select(i => (byte)i)];

    private static byte[] Labels(byte count) => [0, 0, 8, 1, 0, 0, 0, count, .. Enumerable.Range(0, count).Select(i => (byte)(i % 10))];
}
