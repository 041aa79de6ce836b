namespace MiniBatch.Supervision;

/// <summary>How a process ended.</summary>
/// <param name="Code">Its exit code, or 128 + n where signal n killed it.</param>
public readonly record struct ExitStatus(int Code)
{
    private static readonly Dictionary<int, string> SignalNames = new()
    {
        [1] = "SIGHUP", [2] = "SIGINT", [3] = "SIGQUIT", [4] = "SIGILL", [6] = "SIGABRT", [7] = "SIGBUS", [8] = "SIGFPE",
        [9] = "SIGKILL", [11] = "SIGSEGV", [13] = "SIGPIPE", [15] = "SIGTERM",
    };

    /// <summary>The signal that killed it; null where it ended by itself.</summary>
    /// <remarks>A program that returns 137 can't be told from one that was killed, nor need it be.</remarks>
    public string? Signal => Code > 128 ? SignalNames.GetValueOrDefault(Code - 128) : null;

    /// <summary>
    /// Whether it came to grief: neither did it end by itself with 0, 1 or 2, as our programs do, nor was it asked to, by
    /// Ctrl+C, SIGTERM or the terminal's end.
    /// </summary>
    public bool IsCrash => Code is not (0 or 1 or 2) && Signal is not ("SIGINT" or "SIGTERM" or "SIGHUP");

    /// <summary>"was killed by SIGKILL", "ended with exit code 1".</summary>
    public override string ToString() => Signal is { } signal ? $"was killed by {signal}" : $"ended with exit code {Code}";
}
