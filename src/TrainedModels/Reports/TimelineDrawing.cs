using System.Globalization;
using System.Xml.Linq;

namespace MiniBatch.TrainedModels.Reports;

/// <summary>A timeline as an SVG image: a lane a worker, time to the right; the page's style sheet colours it.</summary>
internal static class TimelineDrawing
{
    private const double Width = 1160;
    private const double Names = 84;
    private const double Lane = 30;
    private const double Bar = 22;
    private const double Top = 8;

    /// <summary>What would be narrower than this is not seen.</summary>
    private const double WidthMin = 0.15;

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    public static XElement Draw(Timeline timeline)
    {
        var bottom = Top + (Lane * timeline.Workers.Count);
        var image = new XElement(Svg + "svg", At("class", "timeline"), At("viewBox", $"0 0 {Text(Width)} {Text(bottom + 30)}"), At("role", "img"),
            new XElement(Svg + "title", $"What {timeline.Workers.Count} workers did in {Milliseconds(timeline.Milliseconds)}"));
        foreach (var (at, step) in timeline.Steps)
            image.Add(new XElement(Svg + "line", At("class", "step"), At("x1", Across(at)), At("x2", Across(at)), At("y1", Top), At("y2", bottom), Title($"step {step}")));
        for (var i = 0; i < timeline.Workers.Count; i++)
        {
            var (worker, y) = (timeline.Workers[i], Top + (Lane * i));
            image.Add(Words(0, y + 19, "start", worker));
            foreach (var bar in timeline.Bars.Where(bar => bar.Worker == worker && Across(bar.To) - Across(bar.From) >= WidthMin))
            {
                image.Add(new XElement(Svg + "rect", At("class", Kind(bar.Activity)), At("x", Across(bar.From)), At("y", y + 4),
                    At("width", Across(bar.To) - Across(bar.From)), At("height", Bar),
                    Title(Html.Text($"{worker}, {(timeline.Steps.Count > 0 ? "step" : "update")} {bar.Update}: {Kind(bar.Activity)} {bar.To - bar.From:0.00} ms"))));
            }
        }
        foreach (var at in Ticks(timeline.Milliseconds))
        {
            image.Add(new XElement(Svg + "line", At("class", "tick"), At("x1", Across(at)), At("x2", Across(at)), At("y1", bottom), At("y2", bottom + 5)));
            image.Add(Words(Across(at), bottom + 22, at == 0 ? "start" : "middle", Milliseconds(at)));
        }
        return image;

        double Across(double at) => Names + ((Width - Names - 24) * at / Math.Max(timeline.Milliseconds, 1e-9));
    }

    /// <summary>The class of a bar, and what the legend calls it.</summary>
    public static string Kind(Activity activity) => activity.ToString().ToLowerInvariant();

    /// <summary>Round times, four to ten of them.</summary>
    private static IEnumerable<double> Ticks(double length)
    {
        if (!(length > 0)) yield break;
        var power = Math.Pow(10, Math.Floor(Math.Log10(length)));
        var step = power / (length / power < 2 ? 5 : length / power < 5 ? 2 : 1);
        for (var i = 0; i * step <= length; i++) yield return i * step;
    }

    private static string Milliseconds(double value) => Html.Text($"{Math.Round(value, 6)} ms");

    private static XElement Words(double x, double y, string anchor, string text) =>
        new(Svg + "text", At("x", x), At("y", y), At("text-anchor", anchor), text);

    private static XElement Title(string text) => new(Svg + "title", text);

    private static XAttribute At(string name, object value) => new(name, value is double number ? Text(number) : value);

    private static string Text(double pixels) => pixels.ToString("0.##", CultureInfo.InvariantCulture);
}
