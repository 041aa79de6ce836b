namespace MiniBatch.Shared.Processes;

/// <summary>What starts another program of ours.</summary>
public static class DotnetHost
{
    /// <summary>The .NET host that runs this process, wherever PATH points; where something else runs it, the one of PATH.</summary>
    public static string Path => Environment.ProcessPath is { } path && System.IO.Path.GetFileName(path) == "dotnet" ? path : "dotnet";
}
