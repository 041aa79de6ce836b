using System.ComponentModel;
using System.Diagnostics;
using MiniBatch.Shared.Images;
using MiniBatch.Shared.Images.Png;
using MiniBatch.Shared.Tests.Datasets;

namespace MiniBatch.Shared.Tests.Images;

/// <summary>Where a Python has Pillow: what we write it reads, what it writes we read, and both read the same of any PNG.</summary>
public sealed class PngAgainstPillowTests : IDisposable
{
    /// <summary>Lays images over white, as grey, and prints their sizes and pixels; 16-bit ones are not Pillow's strength.</summary>
    private const string Print = """
        import sys
        from PIL import Image
        for path in sys.argv[1:]:
            image = Image.open(path)
            if image.mode.startswith("I"):
                grey = image.convert("I").point(lambda value: value / 257).convert("L")
            else:
                image = image.convert("RGBA")
                white = Image.new("RGBA", image.size, "white")
                grey = Image.alpha_composite(white, image).convert("L")
            print(image.width, image.height, grey.tobytes().hex())
        """;

    private const string Save = """
        import sys
        from PIL import Image, ImageDraw
        image = Image.new("RGBA", (60, 40), (255, 255, 255, 0))
        ImageDraw.Draw(image).ellipse((5, 3, 50, 36), fill=(200, 30, 90, 180), outline=(0, 0, 0, 255), width=4)
        for mode in sys.argv[2:]:
            image.convert(mode).save(sys.argv[1] + "/" + mode + ".png", optimize=True)
        """;

    private static readonly Lazy<string?> Python = new(() => new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(
        python => Run(python, "import PIL.Image") is not null));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Every_kind_of_png_is_read_as_pillow_reads_it()
    {
        var files = new List<string>();
        foreach (var way in PngTests.Ways())
        {
            var (color, depth, interlaced, transparent) = ((int)way[0], (int)way[1], (bool)way[2], (bool)way[3]);
            // Of a transparent grey or colour Pillow understands 8 bits alone.
            if (depth != 8 && color != 3 && transparent) continue;
            files.Add(_folder.File($"{color}-{depth}-{interlaced}-{transparent}.png"));
            File.WriteAllBytes(files[^1], new MadePng(color, depth, interlaced, transparent, width: 21, height: 13).File());
        }
        AssertSame(files);
    }

    [SkippableFact]
    public void What_pillow_writes_is_read_as_pillow_reads_it()
    {
        Skip.If(Python.Value is null, "no python3 here has Pillow");
        string[] modes = ["1", "L", "LA", "P", "RGB", "RGBA"];
        Assert.NotNull(Run(Python.Value, Save, [_folder.Path, .. modes]));
        AssertSame([.. modes.Select(mode => _folder.File($"{mode}.png"))]);
    }

    [SkippableFact]
    public void What_is_written_here_pillow_reads()
    {
        File.WriteAllBytes(_folder.File("ours.png"), PngWriter.Encode(new GreyImage(7, 5, [.. Enumerable.Range(0, 35).Select(i => (byte)(i * 7))])));
        AssertSame([_folder.File("ours.png")]);
    }

    private static void AssertSame(IReadOnlyList<string> files)
    {
        Skip.If(Python.Value is null, "no python3 here has Pillow");
        var lines = Run(Python.Value, Print, [.. files])!.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(files.Count, lines.Length);
        foreach (var (file, line) in files.Zip(lines))
        {
            var image = ImageFile.Read(file);
            var parts = line.Split(' ');
            Assert.Equal([$"{image.Width}", $"{image.Height}"], parts[..2]);
            // It rounds alpha and luma one after the other.
            Assert.All(image.Pixels.Zip(Convert.FromHexString(parts[2])), pair => Assert.True(
                Math.Abs(pair.First - pair.Second) <= 2, $"{Path.GetFileName(file)}: {pair.First} here, {pair.Second} there"));
        }
    }

    /// <summary>What a script printed; null where it failed or there is no such Python.</summary>
    private static string? Run(string python, string script, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
