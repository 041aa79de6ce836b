using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MiniBatch.Graphics.Plots;
using MiniBatch.Launcher.Bench;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Launcher.Scale;
using MiniBatch.Launcher.Supervision;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Runs;
using Spectre.Console;

namespace MiniBatch.Launcher.Commands;

/// <summary>
/// <c>scale</c>: what a step costs the parameter server with ever more workers and ever larger models, over the real protocol, with
/// workers that compute nothing. Two hidden commands are its processes: the server, and the workers that the server starts.
/// </summary>
public static class ScaleCommand
{
    /// <summary>The server's process.</summary>
    public const string ServerName = "scale-server";

    /// <summary>The workers' process.</summary>
    public const string WorkersName = "scale-workers";

    private const int SecondsDefault = 3;
    private const int WorkersMax = 4096;
    private static readonly int[] WorkersDefault = [1, 4, 16, 64, 256];
    private static readonly int[] FloatsDefault = [10_000, 100_000, 1_000_000, 25_000_000];
    private static readonly int FloatsMost = FrameLimits.PayloadBytesMax / sizeof(float);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var workers = Flag.Text("--workers", $"numbers of workers [{string.Join(',', WorkersDefault)}]", "N,N,…");
        var floats = Flag.Text("--floats", $"sizes of the model in float32s [{string.Join(',', FloatsDefault)}]", "N,N,…");
        var seconds = Flag.Integer("--seconds", $"how long each is measured [{SecondsDefault}]", 1, 3600);
        var json = Flag.Path("--json", "write all figures there as well", "FILE");
        var chart = Flag.Path("--chart", "draw them there, as SVG", "FILE");
        var command = new Command("scale", "Measures what a step costs the server with ever more workers, which compute nothing here.") { workers, floats, seconds, json, chart };
        command.SetAction(parsed =>
        {
            var workerCounts = Numbers(workers.Name, parsed.GetValue(workers), WorkersDefault, WorkersMax);
            var sizes = Numbers(floats.Name, parsed.GetValue(floats), FloatsDefault, FloatsMost);
            var points = sizes.SelectMany(size => workerCounts.Select(count => new ScalePoint(count, size))).ToArray();
            if (!points.Any(point => point.IsMeasurable))
                throw new UserErrorException($"at most {ScalePoint.FloatsMax / 1_000_000} million float32s, workers × floats, are measured here; give fewer", UserErrorException.Usage);
            return Measure(points, parsed.GetValue(seconds) ?? SecondsDefault, parsed.GetValue(json), parsed.GetValue(chart));
        });
        return command;
    }

    /// <summary>The server's process: measures one size.</summary>
    public static Command CreateServer()
    {
        var (workers, floats) = Size();
        var seconds = Flag.Integer("--seconds", "how long", 1);
        var report = Flag.Path("--report", "where the figures go", "FILE");
        foreach (var option in new Option[] { seconds, report }) option.Required = true;
        var command = new Command(ServerName, "Serves synthetic workers, and says what that costs.") { Hidden = true };
        foreach (var option in new Option[] { workers, floats, seconds, report }) command.Options.Add(option);
        command.SetAction(async (parsed, _) =>
        {
            var point = new ScalePoint(parsed.GetValue(workers)!.Value, parsed.GetValue(floats)!.Value);
            var secret = SharedSecret.Create();
            await using var server = new ScaleServer(point, secret);
            var programs = BuiltPrograms.Find(AppContext.BaseDirectory);
            var info = Errand.StartInfo(
                programs.Dotnet,
                [programs.Launcher, WorkersName, workers.Name, Text(point.Workers), floats.Name, Text(point.Floats), "--port", Text(server.Port)]);
            info.Environment[SharedSecret.Variable] = secret;
            using var process = ChildProcess.Start(WorkersName, info, (status, error) => server.WorkersEnded($"{status}: {error}"));
            RunDirectory.WriteJson(parsed.GetValue(report)!, await server.MeasureAsync(TimeSpan.FromSeconds(parsed.GetValue(seconds)!.Value)));
            return 0;
        });
        return command;
    }

    /// <summary>The workers' process.</summary>
    public static Command CreateWorkers()
    {
        var (workers, floats) = Size();
        var port = Flag.Port("--port", "of the server");
        port.Required = true;
        var command = new Command(WorkersName, "Synthetic workers.") { Hidden = true };
        foreach (var option in new Option[] { workers, floats, port }) command.Options.Add(option);
        command.SetAction(parsed => SyntheticWorkers.Run(
            new ScalePoint(parsed.GetValue(workers)!.Value, parsed.GetValue(floats)!.Value), parsed.GetValue(port)!.Value,
            Environment.GetEnvironmentVariable(SharedSecret.Variable) ?? ""));
        return command;
    }

    private static (Option<int?> Workers, Option<int?> Floats) Size()
    {
        var workers = Flag.Integer("--workers", "how many", 1, WorkersMax);
        var floats = Flag.Integer("--floats", "float32s of the model", 1, FloatsMost);
        (workers.Required, floats.Required) = (true, true);
        return (workers, floats);
    }

    private static int Measure(IReadOnlyList<ScalePoint> points, int seconds, string? json, string? chart)
    {
        var programs = BuiltPrograms.Find(AppContext.BaseDirectory);
        using var signals = new StopSignals(supervised: false);
        var temporary = Directory.CreateTempSubdirectory("minibatch-scale-");
        var measured = new List<ScaleMeasurement>();
        var taken = DateTimeOffset.UtcNow;
        try
        {
            var file = Path.Combine(temporary.FullName, "report.json");
            foreach (var point in points.Where(point => point.IsMeasurable))
            {
                Errand.Run(
                    "the server",
                    Errand.StartInfo(
                        programs.Dotnet,
                        [programs.Launcher, ServerName, "--workers", Text(point.Workers), "--floats", Text(point.Floats), "--seconds", Text(seconds), "--report", file]),
                    signals.Token);
                var one = JsonSerializer.Deserialize<ScaleMeasurement>(File.ReadAllBytes(file), Json.Compact)!;
                measured.Add(one);
                Console.Error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"minibatch: {point.Workers} worker{(point.Workers == 1 ? "" : "s")}, {point.Floats:N0} floats: {one.RoundsPerSecond:0.#} rounds/s"));
            }
        }
        catch (OperationCanceledException)
        {
            return signals.ExitCode;
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
        var report = new ScaleReport { Taken = taken, Machine = Machine.Here(), Points = points, Measured = measured };
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = BenchCommand.PlainWidth;
        report.Write(AnsiConsole.Console);
        if (json is not null) RunDirectory.WriteJson(json, report);
        if (chart is not null) File.WriteAllText(chart, SvgPlot.Draw(report.Plot()));
        return 0;
    }

    private static int[] Numbers(string flag, string? text, int[] otherwise, int max)
    {
        if (text is null) return otherwise;
        var numbers = text.Split(',').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0).ToArray();
        return numbers.All(number => number >= 1 && number <= max)
            ? numbers
            : throw new UserErrorException($"{flag} {text}: give whole numbers from 1 to {max} with commas between them", UserErrorException.Usage);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
