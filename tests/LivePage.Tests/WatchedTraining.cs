using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using MiniBatch.LivePage.Feed;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Runs;

namespace MiniBatch.LivePage.Tests;

/// <summary><c>train --watch</c>, or <c>watch</c>, as a process, and what it has said and left.</summary>
internal sealed partial class WatchedTraining : IDisposable
{
    /// <summary>Far more than anything here takes, also on a loaded machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly DirectoryInfo? _folder;

    private WatchedTraining(RunDirectory run, DirectoryInfo? folder, string program, string[] arguments)
    {
        Run = run;
        _folder = folder;
        var info = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", Program(program), .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var variable in info.Environment.Keys.Where(key => key.StartsWith("MINIBATCH_", StringComparison.Ordinal)).ToArray()) info.Environment.Remove(variable);
        _process = new Process { StartInfo = info };
        _process.OutputDataReceived += (_, e) => Hear(e.Data);
        _process.ErrorDataReceived += (_, e) => Hear(e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public RunDirectory Run { get; }

    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    /// <summary>Starts a training with a page.</summary>
    public static WatchedTraining Train(string workload, int workers, params string[] flags)
    {
        var folder = Directory.CreateTempSubdirectory("minibatch-test-");
        var mnist = DatasetLocator.FindOrFetch(DatasetCatalog.Mnist, null, Console.Error.WriteLine);
        var run = new RunDirectory(Path.Combine(folder.FullName, "run"));
        return new WatchedTraining(run, folder, "Launcher",
        [
            "train", workload, "--workers", $"{workers}", "--watch", "--run-dir", run.Root, "--data", Path.GetDirectoryName(Path.GetFullPath(mnist))!, "--report", "off", .. flags,
        ]);
    }

    /// <summary>Opens the page of a run that is there.</summary>
    public static WatchedTraining Watch(RunDirectory run) => new(run, null, "Launcher", ["watch", run.Root]);

    /// <summary>Starts a coordinator alone.</summary>
    public static WatchedTraining Coordinator(params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("minibatch-test-");
        var run = new RunDirectory(Path.Combine(folder.FullName, "run"));
        return new WatchedTraining(run, folder, "Coordinator", [.. arguments, "--run-dir", run.Root]);
    }

    /// <summary>Waits for the link.</summary>
    public async Task<string> LinkAsync()
    {
        await Until("the link", () => Link().IsMatch(Said));
        return Link().Match(Said).Value;
    }

    /// <summary>Steps in the ledger.</summary>
    public long Steps => new LedgerTail(Run.Ledger).Read(1).Lines is [var last] ? LedgerTail.StepOf(last) ?? 0 : 0;

    /// <summary>Waits until something holds.</summary>
    public async Task Until(string what, Func<bool> holds)
    {
        for (var clock = Stopwatch.StartNew(); !holds(); await Task.Delay(50))
        {
            if (clock.Elapsed > Limit || _process.HasExited && !holds()) throw new TimeoutException($"waited for {what}; it said:\n{Said}");
        }
    }

    /// <summary>Waits until something holds that takes a while to find out.</summary>
    public async Task UntilAsync(string what, Func<Task<bool>> holds)
    {
        for (var clock = Stopwatch.StartNew(); !await holds(); await Task.Delay(50))
            if (clock.Elapsed > Limit) throw new TimeoutException($"waited for {what}; it said:\n{Said}");
    }

    /// <summary>Presses Ctrl+C and waits for the end.</summary>
    public int Interrupt()
    {
        Send(_process.Id, 2);
        return WaitForExit();
    }

    /// <summary>Waits for the end.</summary>
    public int WaitForExit()
    {
        if (!_process.WaitForExit(Limit)) throw new TimeoutException($"it has not ended; it said:\n{Said}");
        _process.WaitForExit();   // and for all that it said
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _folder?.Delete(recursive: true);
    }

    private void Hear(string? line)
    {
        lock (_said) _said.AppendLine(line);
    }

    /// <summary>Where a build puts the programs: tests/LivePage.Tests/bin/Release/net10.0 → src/Launcher/bin/Release/net10.0.</summary>
    public static string Programs
    {
        get
        {
            var framework = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
            return Path.Combine(Path.GetFullPath(Path.Combine(framework.FullName, "../../../../..")), "src/Launcher/bin", framework.Parent!.Name, framework.Name);
        }
    }

    private static string Program(string name) => Path.Combine(Programs, $"MiniBatch.{name}.dll");

    [GeneratedRegex(@"(?<=watch it: )http://127\.0\.0\.1:\d+/\?token=[0-9a-f]{32}")]
    private static partial Regex Link();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int process, int signal);
}
