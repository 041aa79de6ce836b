using MiniBatch.Graphics.Images;

namespace MiniBatch.Processes.Harness;

/// <summary>Digits as a person would draw them with a felt pen: round strokes, smooth edges, dark on white paper.</summary>
internal sealed class Drawing
{
    private const byte Ink = 30;
    private const byte Paper = 255;

    private readonly List<(double X, double Y)[]> _strokes;

    private Drawing(params (double X, double Y)[][] strokes) => _strokes = [.. strokes];

    /// <summary>In a square of 1 × 1, y downwards.</summary>
    public static Drawing Of(int digit) => digit switch
    {
        0 => new(Arc(0.5, 0.5, 0.22, 0.34, 0, 360)),
        1 => new([(0.52, 0.15), (0.48, 0.85)]),
        2 => new([.. Arc(0.5, 0.33, 0.22, 0.18, -160, 40), (0.3, 0.82), (0.75, 0.82)]),
        3 => new([.. Arc(0.48, 0.33, 0.2, 0.17, -150, 90), .. Arc(0.48, 0.67, 0.23, 0.18, -90, 150)]),
        4 => new([(0.42, 0.15), (0.25, 0.55), (0.75, 0.55)], [(0.63, 0.2), (0.58, 0.88)]),
        5 => new([(0.72, 0.17), (0.36, 0.17), (0.33, 0.46), .. Arc(0.46, 0.63, 0.23, 0.2, -110, 130)]),
        6 => new([(0.6, 0.14), (0.4, 0.35), .. Arc(0.5, 0.66, 0.19, 0.19, 190, 560)]),
        7 => new([(0.25, 0.2), (0.73, 0.2), (0.45, 0.87)]),
        8 => new([.. Arc(0.5, 0.33, 0.16, 0.16, 90, 450), .. Arc(0.5, 0.67, 0.2, 0.18, -90, 270)]),
        9 => new([.. Arc(0.48, 0.35, 0.19, 0.18, 0, 360), (0.67, 0.35), (0.62, 0.87)]),
        _ => throw new ArgumentOutOfRangeException(nameof(digit)),
    };

    /// <summary>On paper of any size, in its proportions.</summary>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="pen">Width of the strokes, in pixels.</param>
    public GreyImage On(int width, int height, double pen)
    {
        var strokes = _strokes.Select(stroke => stroke.Select(point => (X: point.X * width, Y: point.Y * height)).ToArray()).ToList();
        var pixels = new byte[width * height];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = ((i % width) + 0.5, (i / width) + 0.5);
            var distance = strokes.Min(stroke => stroke.Zip(stroke.Skip(1)).Min(line => Distance(x, y, line.First, line.Second)));
            // Half covered where the edge runs through the pixel.
            var covered = Math.Clamp((pen / 2) - distance + 0.5, 0, 1);
            pixels[i] = (byte)Math.Round(Paper + (covered * (Ink - Paper)));
        }
        return new GreyImage(width, height, pixels);
    }

    private static (double X, double Y)[] Arc(double x, double y, double radiusX, double radiusY, double fromDegrees, double toDegrees) =>
        [.. Enumerable.Range(0, 25).Select(i => double.DegreesToRadians(fromDegrees + ((toDegrees - fromDegrees) * i / 24)))
            .Select(angle => (x + (radiusX * Math.Cos(angle)), y + (radiusY * Math.Sin(angle))))];

    private static double Distance(double x, double y, (double X, double Y) a, (double X, double Y) b)
    {
        var (dx, dy) = (b.X - a.X, b.Y - a.Y);
        var along = Math.Clamp((((x - a.X) * dx) + ((y - a.Y) * dy)) / Math.Max((dx * dx) + (dy * dy), double.Epsilon), 0, 1);
        return Math.Sqrt(Math.Pow(x - a.X - (along * dx), 2) + Math.Pow(y - a.Y - (along * dy), 2));
    }
}
