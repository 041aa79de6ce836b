namespace MiniBatch.Graphics.Images.Conversion;

/// <summary>
/// Makes any picture of a digit what MNIST's images are: light on black, fitted into 20×20 with its proportions kept, smoothed by
/// the scaling, and put on 28×28 so that its centre of mass is in the middle.
/// </summary>
/// <remarks>
/// Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", 1998. NIST's originals were black and white;
/// for what else there is, the background's shade becomes black and the strongest of the drawing white. Of a photograph the light
/// is evened out first (<see cref="UnevenLight"/>), and lines, specks and what else lies about are left out
/// (<see cref="DrawnDigit"/>); a picture that has none of it stays as it is. It needs one digit.
/// </remarks>
public static class MnistConversion
{
    private const int Size = 28;
    private const int BoxSize = 20;

    /// <summary>The longer side of the picture that is worked on: more pixels show no more of a digit, and cost time.</summary>
    private const int WorkingSizeMax = 640;

    /// <summary>The shorter side of a picture that may have shadows, lines and specks on it; a smaller one is taken as it is.</summary>
    private const int PhotographSizeMin = 56;

    /// <summary>A photograph's margin, of which most is background, is this part of its shorter side.</summary>
    private const int MarginParts = 20;

    /// <summary>Where a photograph's digit begins, as a share of its strongest ink: a JPEG has fainter rings around it.</summary>
    private const float EdgeMin = 0.1f;

    /// <summary>Shades between drawing and background below which there is nothing to see.</summary>
    private const int ContrastMin = 16;

    /// <summary>Converts.</summary>
    /// <param name="image">Any size, light on dark or dark on light.</param>
    /// <returns>28×28.</returns>
    /// <exception cref="ImageException">There is nothing on it.</exception>
    public static GreyImage Convert(GreyImage image)
    {
        if (Math.Max(image.Width, image.Height) > WorkingSizeMax) image = Canvas.Of(image).FittedInto(WorkingSizeMax).ToImage();
        var isPhotograph = Math.Min(image.Width, image.Height) >= PhotographSizeMin;
        var background = Background.Of(image, isPhotograph ? Math.Min(image.Width, image.Height) / MarginParts : 1);
        var (canvas, noise) = isPhotograph && UnevenLight.IsOn(image, background)
            ? UnevenLight.TakenFrom(image)
            : (background.TakenFrom(image), background.Noise);
        if (canvas.Shades.Max() < noise + ContrastMin) throw new ImageException(Background.Blank);
        if (isPhotograph) canvas = DrawnDigit.On(canvas, noise);
        var edge = isPhotograph ? noise + (EdgeMin * (canvas.Shades.Max() - noise)) : noise;
        if (canvas.Cropped(edge) is not { } drawing) throw new ImageException(Background.Blank);

        var digit = drawing.Stretched(noise, drawing.Shades.Max()).FittedInto(BoxSize);
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
