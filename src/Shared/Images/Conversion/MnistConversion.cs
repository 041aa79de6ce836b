namespace MiniBatch.Shared.Images.Conversion;

/// <summary>
/// Makes any picture of a digit what MNIST's images are: light on black, fitted into 20×20 with its proportions kept, smoothed by
/// the scaling, and put on 28×28 so that its centre of mass is in the middle.
/// </summary>
/// <remarks>
/// Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", 1998. NIST's originals were black and white;
/// for what else there is, the background's shade becomes black and the strongest of the drawing white. It needs one digit, and
/// even light: the shadow of a hand is taken for a drawing.
/// </remarks>
public static class MnistConversion
{
    private const int Size = 28;
    private const int BoxSize = 20;

    /// <summary>Shades between drawing and background below which there is nothing to see.</summary>
    private const int ContrastMin = 16;

    /// <summary>Converts.</summary>
    /// <param name="image">Any size, light on dark or dark on light.</param>
    /// <returns>28×28.</returns>
    /// <exception cref="ImageException">There is nothing on it.</exception>
    public static GreyImage Convert(GreyImage image)
    {
        var background = Background.Of(image);
        var canvas = background.TakenFrom(image);
        var strongest = canvas.Shades.Max();
        if (strongest < background.Noise + ContrastMin || canvas.Cropped(background.Noise) is not { } drawing)
            throw new ImageException(Background.Blank);

        var digit = drawing.Stretched(background.Noise, strongest).FittedInto(BoxSize);
        // Thin strokes of a large picture are faint now.
        digit = digit.Stretched(0, digit.Shades.Max());
        var (x, y) = digit.CentreOfMass();
        return digit.OnCanvas(Size, Size, Offset(x, digit.Width), Offset(y, digit.Height)).ToImage();
    }

    /// <summary>
    /// Where the digit begins, for its centre to be in the pixel right of (below) the middle: in every one of MNIST's test images
    /// it is from 14 to less than 15. A lopsided digit stays whole.
    /// </summary>
    private static int Offset(double centre, int size) => Math.Clamp((int)Math.Ceiling((Size / 2.0) - centre), 0, Size - size);
}
