namespace MiniBatch.Shared.Runs;

/// <summary>
/// Something that the person at the keyboard can mend. The message is one line: the cause, then the mend.
/// Printed without a stack trace (unless <c>--verbose</c>); the process ends with <see cref="ExitCode"/>.
/// </summary>
public class UserErrorException(string message, int exitCode = UserErrorException.Failure, Exception? cause = null)
    : Exception(message, cause)
{
    /// <summary>A command line that makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>Anything else that went wrong.</summary>
    public const int Failure = 1;

    /// <summary>What a node's termination log has: the message, or more of what led to it.</summary>
    public string LastWords { get; init; } = message;

    /// <summary>What the process returns.</summary>
    public int ExitCode { get; } = exitCode;
}
