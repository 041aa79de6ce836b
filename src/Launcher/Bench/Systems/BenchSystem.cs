using System.Diagnostics;
using System.Text.Json;
using MiniBatch.Launcher.Supervision;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Bench.Systems;

/// <summary>One way of training that is measured: a process that leaves a file of figures in a folder of its own.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Processes">That compute.</param>
public abstract record BenchSystem(string Name, int Processes)
{
    /// <summary>The process that trains a job and ends.</summary>
    /// <param name="job">What to train.</param>
    /// <param name="directory">Empty; for what the process leaves.</param>
    public abstract ProcessStartInfo Process(BenchJob job, string directory);

    /// <summary>Where it writes its first step as soon as it is made; null where it does not.</summary>
    public virtual string? LedgerIn(string directory) => null;

    /// <summary>The figures that it left there.</summary>
    /// <exception cref="IOException">It left none.</exception>
    /// <exception cref="JsonException">They can't be read.</exception>
    public virtual BenchReport Read(BenchJob job, string directory) => ReadJson<BenchReport>(ReportIn(directory));

    private protected static string ReportIn(string directory) => Path.Combine(directory, "report.json");

    private protected static T ReadJson<T>(string path) =>
        JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Json.Compact) ?? throw new JsonException($"{path} says null");

    private protected static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments) => Errand.StartInfo(program, arguments);
}
