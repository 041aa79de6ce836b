namespace MiniBatch.Graphics.Images.Conversion;

/// <summary>
/// Makes a picture of a piece of clothing what FashionMNIST's images are: trimmed, its longer side scaled to 28, in the middle of
/// 28×28, light on black. Shades are kept: they tell a white shirt from a grey one.
/// </summary>
/// <remarks>
/// Source: Xiao, Rasul and Vollgraf, "Fashion-MNIST", arXiv:1708.07747, section 2, whose pictures were all on a light background
/// and inverted; here one on a dark background is left as it is. They skipped rows and columns and then sharpened; here each
/// pixel is the mean of the area that it covers, which keeps thin straps.
/// </remarks>
public static class FashionConversion
{
    private const int Size = 28;

    /// <summary>"Within 5 % of the maximum possible intensity" of the background is background.</summary>
    private const int Closeness = 255 * 5 / 100;

    /// <summary>Converts.</summary>
    /// <param name="image">Any size, on a light or a dark background.</param>
    /// <returns>28×28.</returns>
    /// <exception cref="ImageException">There is nothing on it.</exception>
    public static GreyImage Convert(GreyImage image)
    {
        var background = Background.Of(image);
        var trimmed = background.TakenFrom(image).Cropped(Closeness) ?? throw new ImageException(Background.Blank);
        var fitted = trimmed.Stretched(0, background.DistanceMax).FittedInto(Size);
        return fitted.OnCanvas(Size, Size, (Size - fitted.Width) / 2, (Size - fitted.Height) / 2).ToImage();
    }
}
