using MiniBatch.Graphics.Images;

namespace MiniBatch.Graphics.Tests.Images;

public sealed class TerminalPictureTests
{
    private static readonly GreyImage Ramp = new(3, 3, [0, 128, 255, 0, 128, 255, 0, 128, 255]);

    [Fact]
    public void Characters_are_denser_where_it_is_lighter_and_two_rows_are_a_line() =>
        Assert.Equal([" +@", " :="], TerminalPicture.Lines(Ramp, colors: false));

    [Fact]
    public void Half_blocks_have_the_upper_pixel_in_front_of_the_lower()
    {
        var line = Assert.Single(TerminalPicture.Lines(new GreyImage(1, 2, [255, 0]), colors: true));
        Assert.Equal("\e[38;5;231;48;5;16m▀\e[0m", line);
    }

    [Fact]
    public void Lighter_shades_never_get_a_darker_colour()
    {
        var colors = Enumerable.Range(0, 256)
            .Select(shade => TerminalPicture.Lines(new GreyImage(1, 1, [(byte)shade]), colors: true)[0].Split(';')[2])
            .Select(int.Parse).Distinct().ToList();
        Assert.Equal([16, .. Enumerable.Range(232, 24), 231], colors);
    }
}
