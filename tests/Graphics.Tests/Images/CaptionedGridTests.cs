using MiniBatch.Graphics.Images;
using MiniBatch.Shared.Datasets;

namespace MiniBatch.Graphics.Tests.Images;

public sealed class CaptionedGridTests
{
    public static TheoryData<string> ClassNames => [.. DatasetCatalog.All.SelectMany(description => description.ClassNames)];

    [Fact]
    public void Images_stand_in_rows_enlarged_under_their_names()
    {
        var images = Enumerable.Range(0, 9).Select(i => (new GreyImage(28, 28, [.. Enumerable.Repeat((byte)(100 + i), 784)]), "Bag")).ToList();
        var file = Path.GetTempFileName();
        File.WriteAllBytes(file, PngWriter.Encode(CaptionedGrid.Draw(images, columns: 3)));
        var picture = ImageFile.Read(file);
        File.Delete(file);
        Assert.Equal((16 + (3 * 156), 16 + (3 * 180)), (picture.Width, picture.Height));
        for (var i = 0; i < 9; i++)
        {
            var (left, top) = (16 + (i % 3 * 156), 16 + (i / 3 * 180) + 24);
            Assert.Equal((100 + i, 100 + i), (picture[left, top], picture[left + 139, top + 139]));
            Assert.Equal(255, picture[left - 1, top]);
            Assert.Contains((byte)0, Enumerable.Range(left, 140).Select(x => picture[x, top - 20]));
        }
    }

    [Theory]
    [MemberData(nameof(ClassNames))]
    public void Every_class_name_has_its_letters(string name)
    {
        foreach (var letter in name) Assert.NotEqual(Written("\u0001"), Written(letter.ToString()));
    }

    [Fact]
    public void Every_letter_is_told_from_every_other()
    {
        const string letters = "ABCDPSTabcdefghiklnoprstuv0123456789-/ ";
        Assert.Equal(letters.Length, letters.Select(letter => Convert.ToHexString(Written(letter.ToString()))).Distinct().Count());
    }

    private static byte[] Written(string text)
    {
        var picture = new GreyImage(8, 10, [.. Enumerable.Repeat((byte)255, 80)]);
        PixelFont.Write(picture, 0, 0, 1, text);
        return picture.Pixels;
    }
}
