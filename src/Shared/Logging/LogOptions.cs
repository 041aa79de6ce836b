namespace MiniBatch.Shared.Logging;

/// <summary>What lines of the log look like on standard output.</summary>
public enum LogFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>Compact JSON, as in the files (<see cref="NodeLog.Json"/>): for whatever collects a container's output.</summary>
    Json,
}

/// <summary>What standard output has of a process's log. The files have all of it, always.</summary>
/// <param name="Levels">From which level on.</param>
/// <param name="Format">In which form.</param>
public sealed record LogOptions(LogLevels Levels, LogFormat Format)
{
    /// <summary>What a file has where nothing else is said: 64 MiB.</summary>
    public const int FileMebibytesDefault = 64;

    /// <summary>A log file that has so many bytes is set aside, and another begun.</summary>
    public long FileBytesMax { get; init; } = (long)FileMebibytesDefault << 20;

    /// <summary>"information,akka=error as text".</summary>
    public override string ToString() => $"{Levels} as {(Format == LogFormat.Json ? "json" : "text")}";
}
