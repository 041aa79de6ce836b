using System.Diagnostics;
using System.Text;

namespace MiniBatch.Processes.Harness;

/// <summary>One process of ours: what it wrote, how it ended, and signals to it.</summary>
internal sealed class NodeProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    /// <param name="name">For people.</param>
    /// <param name="program">Its assembly.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="environment">Added to this process's.</param>
    /// <param name="startBy">A command that becomes the program; may be empty.</param>
    public NodeProcess(
        string name, string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> startBy)
    {
        Name = name;
        // A test run in the background of a script ignores SIGINT, and so would its children: env gives it back, then becomes dotnet.
        string[] command = [.. startBy, "env", "--default-signal=INT", "dotnet", program, .. arguments];
        var info = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        CommandLine = string.Join(' ', arguments);
        // A developer's own settings must not reach the programs under test.
        foreach (var variable in info.Environment.Keys.Where(key => key.StartsWith("MINIBATCH_", StringComparison.Ordinal)).ToArray())
            info.Environment.Remove(variable);
        foreach (var (variable, value) in environment) info.Environment[variable] = value;

        _process = new Process { StartInfo = info, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, e) => Append(_output, e.Data);
        _process.ErrorDataReceived += (_, e) => Append(_error, e.Data);
        _process.Exited += (_, _) => Changed?.Invoke();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>A line was written, or the process ended; on any thread.</summary>
    public event Action? Changed;

    public string Name { get; }

    public string CommandLine { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output => Read(_output);

    public string Error => Read(_error);

    /// <summary>Everything there is to know of it, for a failing test.</summary>
    public string Report =>
        $"--- {Name} ({(HasExited ? $"exit code {_process.ExitCode}" : "runs")}): {CommandLine}\n{Output}{Error}";

    public void Send(Signal signal)
    {
        if (!_process.HasExited) Signals.Send(_process.Id, signal);
    }

    /// <summary>Waits for the end of the process and of its output.</summary>
    /// <returns>Its exit code: 128 + n where signal n ended it.</returns>
    public int WaitForExit(TimeSpan limit)
    {
        using var ended = new CancellationTokenSource(limit);
        try
        {
            _process.WaitForExitAsync(ended.Token).GetAwaiter().GetResult();
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{Name} has not ended within {limit.TotalSeconds} s");
        }
    }

    public void Dispose()
    {
        Send(Signal.Kill);
        _process.Dispose();
    }

    private void Append(StringBuilder text, string? line)
    {
        if (line is null) return;
        lock (text) text.AppendLine(line);
        Changed?.Invoke();
    }

    private static string Read(StringBuilder text)
    {
        lock (text) return text.ToString();
    }
}
