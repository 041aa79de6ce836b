namespace MiniBatch.Shared.Logging;

/// <summary>What lines of the log look like on standard output.</summary>
public enum LogFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>Compact JSON, as in the files (<see cref="CompactJson"/>): for whatever collects a container's output.</summary>
    Json,
}

/// <summary>What standard output has of a process's log. The files have all of it, always.</summary>
/// <param name="Levels">From which level on.</param>
/// <param name="Format">In which form.</param>
public sealed record LogOptions(LogLevels Levels, LogFormat Format)
{
    /// <summary>"information,akka=error as text".</summary>
    public override string ToString() => $"{Levels} as {(Format == LogFormat.Json ? "json" : "text")}";
}
