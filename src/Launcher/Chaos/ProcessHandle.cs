using System.Runtime.InteropServices;

namespace MiniBatch.Launcher.Chaos;

/// <summary>
/// A process as a file descriptor: signals reach it and never another one that has got its number meanwhile.
/// Source: pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2), poll(2).
/// </summary>
internal sealed partial class ProcessHandle : IDisposable
{
    /// <summary>Crash.</summary>
    public const int SigKill = 9;

    /// <summary>End in order.</summary>
    public const int SigTerm = 15;

    /// <summary>Go on after <see cref="SigStop"/>.</summary>
    public const int SigCont = 18;

    /// <summary>Do nothing more.</summary>
    public const int SigStop = 19;

    private const short PollIn = 1;
    private const int OpenCall = 434;
    private const int SendSignalCall = 424;
    private const int GetDescriptorCall = 438;

    private readonly int _descriptor;

    private ProcessHandle(int descriptor) => _descriptor = descriptor;

    /// <summary>Opens a process; null where there is none.</summary>
    public static ProcessHandle? Open(int id) => Call(OpenCall, id, 0, 0, 0) is var descriptor and >= 0 ? new ProcessHandle((int)descriptor) : null;

    /// <summary>Sends a signal.</summary>
    /// <returns>False where it has ended.</returns>
    public bool Send(int signal) => Call(SendSignalCall, _descriptor, signal, 0, 0) == 0;

    /// <summary>Whether it runs no more; a zombie counts as ended.</summary>
    public bool HasEnded
    {
        get
        {
            // A pidfd is readable once its process has ended.
            var poll = new PollDescriptor { Descriptor = _descriptor, Events = PollIn };
            return Poll(ref poll, 1, 0) > 0;
        }
    }

    /// <summary>Copies a descriptor of its into this process.</summary>
    /// <returns>This process's; negative where the system does not allow it, or it has none of that number.</returns>
    public int CopyDescriptor(int descriptor) => (int)Call(GetDescriptorCall, _descriptor, descriptor, 0, 0);

    /// <inheritdoc />
    public void Dispose() => _ = Close(_descriptor);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Call(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
