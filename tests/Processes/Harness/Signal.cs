using System.Runtime.InteropServices;

namespace MiniBatch.Processes.Harness;

/// <summary>The signals that tests send, by their numbers on Linux.</summary>
internal enum Signal
{
    /// <summary>The terminal was closed.</summary>
    HangUp = 1,

    /// <summary>Ctrl+C.</summary>
    Interrupt = 2,

    /// <summary>A crash as the outside sees it.</summary>
    Kill = 9,

    /// <summary>A polite end.</summary>
    Terminate = 15,

    /// <summary>Goes on after <see cref="Stop"/>.</summary>
    Continue = 18,

    /// <summary>A hang as the outside sees it.</summary>
    Stop = 19,
}

internal static partial class Signals
{
    /// <summary>Sends a signal; a process that is gone is no error.</summary>
    public static void Send(int processId, Signal signal) => _ = SendTo(processId, (int)signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendTo(int processId, int signal);
}
