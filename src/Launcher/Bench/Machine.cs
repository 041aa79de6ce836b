using System.Runtime.InteropServices;

namespace MiniBatch.Launcher.Bench;

/// <summary>Where something was measured.</summary>
/// <param name="Processor">Model of the processor.</param>
/// <param name="Cores">Logical cores that a process may use.</param>
/// <param name="OperatingSystem">Name and version.</param>
/// <param name="Dotnet">Version of .NET.</param>
public sealed record Machine(string Processor, int Cores, string OperatingSystem, string Dotnet)
{
    /// <summary>This one.</summary>
    public static Machine Here() => new(
        Shared.Runs.Processor.Name, Environment.ProcessorCount, RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription);

    /// <inheritdoc />
    public override string ToString() => $"{Processor}, {Cores} core{(Cores == 1 ? "" : "s")}; {OperatingSystem}; {Dotnet}";
}
