using System.Diagnostics;
using MiniBatch.Launcher.Bench;

namespace MiniBatch.Launcher.Tests.Bench;

public sealed class ObserverTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("minibatch-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Counters_of_the_kernel_are_read()
    {
        Assert.Equal((1 + 2 + 3 + 6 + 7, 8), MachineCounters.Processors("cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n"));
        Assert.Equal(15, MachineCounters.Switches("Threads:\t2\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n"));
    }

    [Fact]
    public void Use_is_the_difference_of_counters_over_the_time_between_them()
    {
        var start = new MachineCounters(DateTimeOffset.UnixEpoch, 100, 1000, 10, 5, 50);

        Assert.Equal(new MachineUse(1.5, 0.25, 0.1, 200, 300), start.Until(new MachineCounters(DateTimeOffset.UnixEpoch.AddSeconds(2), 400, 1350, 30, 405, 650)));
    }

    /// <summary>A shell that waits for a child which computes: what the child takes counts too.</summary>
    [Fact]
    public void What_a_process_and_its_children_take_is_seen_and_when_its_first_step_was_written()
    {
        var ledger = Path.Combine(_directory.FullName, "steps.jsonl");
        var from = DateTimeOffset.UtcNow;
        using var process = Process.Start("sh", ["-c", $"sh -c 'while :; do echo step > {ledger}; done'; true"]);
        Observer observer;
        using (observer = new Observer(process.Id, ledger))
        {
            // Until a child has had time enough of a core, which on a busy machine may take a while.
            for (var clock = Stopwatch.StartNew(); MachineCounters.Read(process.Id).OwnTicks < 150 && clock.Elapsed < Limit;) Thread.Sleep(100);
            Thread.Sleep(1100);   // the next sample
        }
        process.Kill(entireProcessTree: true);

        var use = observer.Between(from, DateTimeOffset.UtcNow);
        Assert.NotNull(use);
        Assert.True(use.OwnCores > 0, $"{use}");
        Assert.True(use.PageFaults + use.ContextSwitches > 0, $"{use}");
        Assert.InRange(observer.FirstStepSeconds!.Value, 0, Limit.TotalSeconds);
        Assert.Null(observer.Between(from, from));
    }

    [Fact]
    public void Process_that_ends_at_once_has_no_figures()
    {
        using var process = Process.Start("true");
        process.WaitForExit();
        var observer = new Observer(process.Id, Path.Combine(_directory.FullName, "none"));
        observer.Dispose();

        Assert.Null(observer.FirstStepSeconds);
        Assert.Null(observer.Between(DateTimeOffset.MinValue, DateTimeOffset.MaxValue));
    }
}
