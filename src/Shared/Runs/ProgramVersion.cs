using System.Reflection;
using Akka.Actor;
using TorchSharp;

namespace MiniBatch.Shared.Runs;

/// <summary>Which program this is, and what it runs on. Reading these loads no native library.</summary>
public static class ProgramVersion
{
    /// <summary>Version of MiniBatch; nodes of one cluster run the same.</summary>
    public static string Current { get; } = VersionOf(typeof(ProgramVersion).Assembly);

    /// <summary>"Akka.NET 1.5.74".</summary>
    public static string Akka { get; } = $"Akka.NET {VersionOf(typeof(ActorSystem).Assembly)}";

    /// <summary>"TorchSharp 0.107.0".</summary>
    public static string TorchSharp { get; } = $"TorchSharp {VersionOf(typeof(torch).Assembly)}";

    private static string VersionOf(Assembly assembly)
    {
        var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? assembly.GetName().Version?.ToString() ?? "unknown";
        var build = version.IndexOf('+');
        return build < 0 ? version : version[..build];
    }
}
