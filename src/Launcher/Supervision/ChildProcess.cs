using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using MiniBatch.Supervision;

namespace MiniBatch.Launcher.Supervision;

/// <summary>
/// A process whose standard input this one holds and never writes to. What it writes, where that is captured, goes to the
/// log.
/// </summary>
public sealed partial class ChildProcess : IDisposable
{
    /// <summary>How <c>CommandHost</c> begins the one line that it reports an error with.</summary>
    private const string ErrorPrefix = "minibatch: ";

    private readonly Process _process;
    private string _lastLine = "";
    private string _lastError = "";

    private ChildProcess(Process process) => _process = process;

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts a process.</summary>
    /// <param name="name">What logs call it.</param>
    /// <param name="info">What to start.</param>
    /// <param name="exited">Called once, on another thread, with how it ended and the last error that it reported, after all
    /// that it wrote has been read.</param>
    /// <exception cref="UserErrorException">The operating system refuses.</exception>
    public static ChildProcess Start(string name, ProcessStartInfo info, Action<ExitStatus, string> exited)
    {
        var child = new ChildProcess(new Process { StartInfo = info });
        child._process.OutputDataReceived += (_, e) => child.Heard(name, e.Data, isError: false);
        child._process.ErrorDataReceived += (_, e) => child.Heard(name, e.Data, isError: true);
        try
        {
            child._process.Start();
        }
        catch (Win32Exception e)
        {
            throw new UserErrorException($"{name} can't be started: {info.FileName}: {e.Message}", cause: e);
        }
        if (info.RedirectStandardOutput) child._process.BeginOutputReadLine();
        if (info.RedirectStandardError) child._process.BeginErrorReadLine();
        _ = child.ReportExit(exited);
        return child;
    }

    /// <summary>Sends SIGTERM, unless it has ended.</summary>
    public void Terminate() => Send(SigTerm);

    /// <summary>Sends SIGKILL, unless it has ended.</summary>
    public void Kill() => Send(SigKill);

    /// <summary>Sends SIGSTOP, unless it has ended: it does nothing more until <see cref="Continue"/>.</summary>
    public void Stop() => Send(SigStop);

    /// <summary>Sends SIGCONT, unless it has ended.</summary>
    public void Continue() => Send(SigCont);

    /// <summary>Kills the process if it still runs.</summary>
    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private const int SigKill = 9;
    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;

    private async Task ReportExit(Action<ExitStatus, string> exited)
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        exited(new ExitStatus(_process.ExitCode), _lastError.Length > 0 ? _lastError : _lastLine);
    }

    private void Heard(string name, string? line, bool isError)
    {
        if (string.IsNullOrWhiteSpace(line)) return;
        NodeEvents.ProcessWrote.Write("{process:l} wrote: {line:l}", name, line);
        if (!isError) return;
        _lastLine = line.Trim();
        // With --verbose a stack trace follows it, and a native library may have its own last words.
        if (line.StartsWith(ErrorPrefix, StringComparison.Ordinal)) _lastError = line[ErrorPrefix.Length..];
    }

    private void Send(int signal)
    {
        try
        {
            if (!_process.HasExited) _ = SendSignal(_process.Id, signal);
        }
        catch (InvalidOperationException)
        {
            // Disposed, so it has been killed already.
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
