using System.Security.Cryptography;
using System.Text;

namespace MiniBatch.Shared.Datasets;

/// <summary>One IDX file of a dataset.</summary>
/// <param name="Name">Its official name, without ".gz".</param>
/// <param name="Sha256">Of the uncompressed content, lower-case hex: whatever a file came from or through, these are
/// its bytes.</param>
public sealed record DatasetFile(string Name, string Sha256);

/// <summary>An image-classification dataset that the program knows: 28×28 grey images of ten classes.</summary>
/// <param name="Name">As the user types it, and the name of its cache folder.</param>
/// <param name="Title">As people write it.</param>
/// <param name="ClassNames">By label.</param>
/// <param name="TrainImages">uint8[60000, 28, 28].</param>
/// <param name="TrainLabels">uint8[60000].</param>
/// <param name="TestImages">uint8[10000, 28, 28].</param>
/// <param name="TestLabels">uint8[10000].</param>
public sealed record DatasetDescription(
    string Name,
    string Title,
    IReadOnlyList<string> ClassNames,
    DatasetFile TrainImages,
    DatasetFile TrainLabels,
    DatasetFile TestImages,
    DatasetFile TestLabels) : Dataset(Name, Title)
{
    /// <inheritdoc />
    public override int TrainCount => 60_000;

    /// <inheritdoc />
    public override int TestCount => 10_000;

    public int Rows => 28;

    public int Columns => 28;

    /// <summary>Training images and labels, test images and labels.</summary>
    public IReadOnlyList<DatasetFile> Files => [TrainImages, TrainLabels, TestImages, TestLabels];

    /// <summary>
    /// The dataset's identity in a RunSpec: SHA-256, in lower-case hex, over the hashes of <see cref="Files"/> in
    /// their order, joined by '\n'.
    /// </summary>
    public override string Sha256 =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', Files.Select(file => file.Sha256)))));

    /// <inheritdoc />
    public override string? Locate(string? named, Action<string> say) => DatasetLocator.FindOrFetch(this, named, say);

    /// <inheritdoc />
    public override DatasetSamples Load(string? named, int? limitTrain = null, int? limitTest = null)
    {
        var directory = DatasetLocator.Find(this, named)
            ?? throw new DatasetException($"{Title} is not on this machine; fetch it with ./cluster data {Name}, or name its place with --data");
        return ImageDataset.Load(this, directory, limitTrain, limitTest).Samples;
    }
}
