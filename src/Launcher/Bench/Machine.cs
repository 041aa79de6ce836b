using System.Runtime.InteropServices;

namespace MiniBatch.Launcher.Bench;

/// <summary>Where something was measured.</summary>
/// <param name="Processor">Model of the processor.</param>
/// <param name="Cores">Logical cores that a process may use.</param>
/// <param name="OperatingSystem">Name and version.</param>
/// <param name="Dotnet">Version of .NET.</param>
public sealed record Machine(string Processor, int Cores, string OperatingSystem, string Dotnet)
{
    private const string LinuxProcessors = "/proc/cpuinfo";

    /// <summary>This one.</summary>
    public static Machine Here() => new(
        File.Exists(LinuxProcessors) ? ProcessorOf(File.ReadLines(LinuxProcessors)) : RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription);

    /// <summary>The model that Linux names in <c>/proc/cpuinfo</c>; on Arm it names none.</summary>
    public static string ProcessorOf(IEnumerable<string> lines) =>
        lines.FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[^1].Trim()
        ?? RuntimeInformation.ProcessArchitecture.ToString();

    /// <inheritdoc />
    public override string ToString() => $"{Processor}, {Cores} core{(Cores == 1 ? "" : "s")}; {OperatingSystem}; {Dotnet}";
}
