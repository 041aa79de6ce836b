using System.Text;

namespace MiniBatch.Graphics.Images;

/// <summary>
/// A picture as lines of text, one character a column and two rows of pixels a line: about square, for characters are twice as
/// high as wide.
/// </summary>
public static class TerminalPicture
{
    private const string Ramp = " .:-=+*#%@";

    /// <summary>Whether standard output is a terminal that shows colours; <c>NO_COLOR</c> and <c>TERM=dumb</c> are heeded.</summary>
    public static bool HasColors =>
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";

    /// <summary>The lines, each as many columns wide as the image.</summary>
    /// <param name="image">Wide enough to be seen, narrow enough for the terminal: 28 columns, say.</param>
    /// <param name="colors">Half blocks in 24 greys; else characters from thin (black) to dense (white), two pixels each.</param>
    public static IReadOnlyList<string> Lines(GreyImage image, bool colors) =>
        [.. Enumerable.Range(0, (image.Height + 1) / 2).Select(line => colors ? HalfBlocks(image, line * 2) : Characters(image, line * 2))];

    private static string HalfBlocks(GreyImage image, int y)
    {
        var line = new StringBuilder();
        for (var x = 0; x < image.Width; x++)
            line.Append("\e[38;5;").Append(ColorOf(image[x, y])).Append(";48;5;").Append(ColorOf(Below(image, x, y))).Append("m▀");
        return line.Append("\e[0m").ToString();
    }

    private static string Characters(GreyImage image, int y) =>
        string.Concat(Enumerable.Range(0, image.Width).Select(x => Ramp[(image[x, y] + Below(image, x, y)) * Ramp.Length / 511]));

    private static byte Below(GreyImage image, int x, int y) => y + 1 < image.Height ? image[x, y + 1] : (byte)0;

    /// <summary>Of the 256 colours that terminals agree on: 16 is black, 231 white, 232 … 255 are the greys 8, 18, … 238.</summary>
    private static int ColorOf(byte shade) => shade switch
    {
        < 4 => 16,
        > 246 => 231,
        _ => 232 + Math.Clamp((shade - 3) / 10, 0, 23),
    };
}
