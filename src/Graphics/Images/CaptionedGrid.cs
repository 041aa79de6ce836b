namespace MiniBatch.Graphics.Images;

/// <summary>Small images side by side, each enlarged and with its name above it: black on white.</summary>
public static class CaptionedGrid
{
    /// <summary>Pixels of the picture that one of an image's becomes.</summary>
    private const int Scale = 5;

    /// <summary>The same of a letter's.</summary>
    private const int LetterScale = 2;

    private const int Margin = 16;
    private const int CaptionGap = 6;

    /// <summary>Draws them row by row.</summary>
    /// <param name="images">All of one size, with names that <see cref="PixelFont"/> has letters for.</param>
    /// <param name="columns">Images of a row.</param>
    public static GreyImage Draw(IReadOnlyList<(GreyImage Image, string Name)> images, int columns)
    {
        var (width, height) = (images[0].Image.Width * Scale, images[0].Image.Height * Scale);
        var caption = PixelFont.Height * LetterScale + CaptionGap;
        var (cellWidth, cellHeight) = (width + Margin, caption + height + Margin);
        var rows = (images.Count + columns - 1) / columns;
        var picture = new GreyImage(Margin + (columns * cellWidth), Margin + (rows * cellHeight), new byte[(Margin + (columns * cellWidth)) * (Margin + (rows * cellHeight))]);
        picture.Pixels.AsSpan().Fill(255);
        for (var i = 0; i < images.Count; i++)
        {
            var (left, top) = (Margin + (i % columns * cellWidth), Margin + (i / columns * cellHeight));
            PixelFont.Write(picture, left + Math.Max(0, (width - PixelFont.WidthOf(images[i].Name, LetterScale)) / 2), top, LetterScale, images[i].Name);
            Enlarge(images[i].Image, picture, left, top + caption);
        }
        return picture;
    }

    private static void Enlarge(GreyImage image, GreyImage picture, int left, int top)
    {
        for (var y = 0; y < image.Height * Scale; y++)
        {
            var row = picture.Row(top + y);
            for (var x = 0; x < image.Width * Scale; x++) row[left + x] = image[x / Scale, y / Scale];
        }
    }
}
