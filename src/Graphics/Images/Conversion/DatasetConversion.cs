using MiniBatch.Shared.Datasets;

namespace MiniBatch.Graphics.Images.Conversion;

/// <summary>Makes a picture of any size what a dataset's images are.</summary>
public static class DatasetConversion
{
    /// <summary>Converts.</summary>
    /// <param name="image">Any size.</param>
    /// <param name="dataset">Whose images it shall be like.</param>
    /// <returns>28×28.</returns>
    /// <exception cref="ImageException">There is nothing on it.</exception>
    public static GreyImage Convert(GreyImage image, DatasetDescription dataset) => dataset.Name switch
    {
        "mnist" => MnistConversion.Convert(image),
        "fashion-mnist" => FashionConversion.Convert(image),
        var other => throw new ArgumentException($"nobody has said how a picture becomes one of {other}'s"),
    };
}
