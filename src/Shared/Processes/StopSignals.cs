using System.Runtime.InteropServices;

namespace MiniBatch.Shared.Processes;

/// <summary>
/// Turns what asks a node to stop into one cancellation: SIGTERM, Ctrl+C, the end of its terminal and, for a supervised child, the end of its
/// standard input: the supervisor's end of that pipe closes however the supervisor dies, so no child outlives it.
/// </summary>
public sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration _terminate;
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _hangUp;

    /// <summary>Starts to listen.</summary>
    /// <param name="supervised">A terminal sends Ctrl+C, and when it is closed SIGHUP, to every process in the foreground; a supervised child
    /// leaves both to its supervisor.</param>
    public StopSignals(bool supervised)
    {
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, "SIGTERM", 128 + 15));
        _interrupt = OfTerminal(PosixSignal.SIGINT, "Ctrl+C", 128 + 2);
        _hangUp = OfTerminal(PosixSignal.SIGHUP, "the end of its terminal", 128 + 1);
        if (supervised) new Thread(WatchParent) { Name = "parent-watch", IsBackground = true }.Start();

        PosixSignalRegistration OfTerminal(PosixSignal asked, string cause, int exitCode) => PosixSignalRegistration.Create(asked, signal =>
        {
            if (supervised) signal.Cancel = true;
            else Stop(signal, cause, exitCode);
        });
    }

    /// <summary>Cancelled when the node should stop.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>What asked for it.</summary>
    public string Cause { get; private set; } = "";

    /// <summary>The exit code that says so: 129 for the end of its terminal, 130 for Ctrl+C, 143 for SIGTERM.</summary>
    public int ExitCode { get; private set; }

    /// <inheritdoc />
    public void Dispose()
    {
        _terminate.Dispose();
        _interrupt.Dispose();
        _hangUp.Dispose();
    }

    private void Stop(PosixSignalContext? signal, string cause, int exitCode)
    {
        signal?.Cancel = true;
        if (_stop.IsCancellationRequested) return;
        Cause = cause;
        ExitCode = exitCode;
        _stop.Cancel();
    }

    private void WatchParent()
    {
        using var input = Console.OpenStandardInput();
        var buffer = new byte[64];
        try
        {
            while (input.Read(buffer) > 0)
            {
                // Nothing is ever said; only the end counts.
            }
        }
        catch (IOException)
        {
            // As good as its end.
        }
        Stop(null, "the supervisor has gone", 128 + 15);
    }
}
