using System.Globalization;
using MiniBatch.Graphics.Plots;
using MiniBatch.Launcher.Bench;
using Spectre.Console;

namespace MiniBatch.Launcher.Scale;

/// <summary>Measurements of several sizes, what explains them, and what follows for sizes that were not measured.</summary>
public sealed record ScaleReport
{
    /// <summary>Workers that are predicted beside what was asked for.</summary>
    public const int ManyWorkers = 1000;

    /// <summary>Of the network that is predicted for: 25 Gb/s.</summary>
    public const double BitsPerSecond = 25e9;

    private const string Predicted = "–";

    /// <summary>When it was begun.</summary>
    public required DateTimeOffset Taken { get; init; }

    /// <summary>Where.</summary>
    public required Machine Machine { get; init; }

    /// <summary>What was asked for, in the table's order; of some no measurement is possible.</summary>
    public required IReadOnlyList<ScalePoint> Points { get; init; }

    /// <summary>What was measured.</summary>
    public required IReadOnlyList<ScaleMeasurement> Measured { get; init; }

    /// <summary>What explains it.</summary>
    public ScaleModel Model => ScaleModel.Fit(Measured);

    /// <summary>Writes the tables, and how to read them.</summary>
    public void Write(IAnsiConsole console)
    {
        var model = Model;
        Write(
            console, ["workers", "floats", "rounds/s", "server ms a round", "the model's", "server MB"],
            Points.Select(point => Cells(point, model)));
        console.WriteLine("rounds/s with the synthetic workers on the same cores; server: processor time and memory of the server's process alone. –: not measured (over 400 million floats), the model's.");
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"model: {model.Always * 1e6:0.#} µs a round, {model.PerWorker * 1e6:0.##} µs a worker, {model.PerFloat * 1e9:0.###} ns a float, {model.PerWorkerAndFloat * 1e9:0.###} ns a float of each worker"));
        Write(
            console, ["workers", "floats", "server s a round", "25 Gb/s line s", "rounds/s at most"],
            Points.Select(point => point.Floats).Distinct().Select(floats => ManyCells(floats, model)));
        console.WriteLine($"{ManyWorkers:N0} workers, predicted: the server's one thread and its line, each version out and each gradient in; whichever takes longer limits.");
        console.WriteLine($"{Machine}");
    }

    /// <summary>Processor time of the server over workers, a curve of the model and the points that were measured for each size.</summary>
    public Plot Plot()
    {
        var model = Model;
        var most = Points.Max(point => point.Workers);
        var counts = Enumerable.Range(0, 33).Select(i => Math.Pow(most, i / 32.0)).ToArray();
        return new Plot(
            "What a step costs the server", new PlotAxis("workers", Spacing: AxisSpacing.Logarithmic), new PlotAxis("processor ms a round", Spacing: AxisSpacing.Logarithmic),
            [
                .. Measured.GroupBy(one => one.Floats).SelectMany(group => new[]
                {
                    new PlotSeries(
                        string.Create(CultureInfo.InvariantCulture, $"{group.Key:N0} floats"),
                        [.. group.Select(one => new PlotPoint(one.Workers, one.ServerSecondsPerRound * 1e3))], SeriesShape.Points),
                    new PlotSeries("the model", [.. counts.Select(count => new PlotPoint(count, model.ServerSeconds(count, group.Key) * 1e3))]),
                }),
            ]);
    }

    private IReadOnlyList<string> Cells(ScalePoint point, ScaleModel model)
    {
        var measured = Measured.FirstOrDefault(one => one.Workers == point.Workers && one.Floats == point.Floats);
        return
        [
            Whole(point.Workers), Whole(point.Floats),
            measured is null ? Predicted : Short(measured.RoundsPerSecond),
            measured is null ? Predicted : Short(measured.ServerSecondsPerRound * 1e3),
            Short(model.ServerSeconds(point.Workers, point.Floats) * 1e3),
            measured is null ? Predicted : Whole(measured.ServerMegabytes),
        ];
    }

    private static IReadOnlyList<string> ManyCells(int floats, ScaleModel model)
    {
        var (server, line) = (model.ServerSeconds(ManyWorkers, floats), ScaleModel.LineSeconds(ManyWorkers, floats, BitsPerSecond));
        return [Whole(ManyWorkers), Whole(floats), Short(server), Short(line), Short(1 / Math.Max(server, line))];
    }

    private static void Write(IAnsiConsole console, string[] columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in columns) table.AddColumn(new TableColumn(Markup.Escape(column)).RightAligned());
        foreach (var row in rows) table.AddRow(row.Select(Markup.Escape).ToArray());
        console.Write(table);
    }

    private static string Whole(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Three digits that count.</summary>
    private static string Short(double number) => number >= 100
        ? number.ToString("N0", CultureInfo.InvariantCulture)
        : number.ToString("G3", CultureInfo.InvariantCulture);
}
