using MiniBatch.Launcher.Chaos;

namespace MiniBatch.Launcher.Tests.Chaos;

public sealed class ProcessUseTests
{
    private static readonly ProcessUse Undisturbed = new(300, 120, 30);

    [Fact]
    public void A_process_has_what_the_kernel_says()
    {
        var before = ProcessUse.Of(Environment.ProcessId)!;
        var held = Enumerable.Range(0, 200).Select(_ => File.OpenRead("/dev/null")).ToList();
        var after = ProcessUse.Of(Environment.ProcessId)!;
        held.ForEach(file => file.Dispose());

        // Other tests open and close files meanwhile, not so many.
        Assert.InRange(after.Handles - before.Handles, 100, 300);
        Assert.True(before.MemoryMegabytes > 10 && before.Threads > 1);
    }

    [Fact]
    public void A_process_that_has_ended_has_nothing() => Assert.Null(ProcessUse.Of(int.MaxValue));

    [Fact]
    public void Somewhat_other_pools_are_no_excess() => Assert.Null(new ProcessUse(450, 130, 60).Excess(Undisturbed));

    [Theory]
    [InlineData(300, 140, 30, "140 handles, and 120 undisturbed")]
    [InlineData(300, 120, 70, "70 threads, and 30 undisturbed")]
    [InlineData(600, 120, 30, "600 MB, and 300 undisturbed")]
    public void What_is_lost_at_every_fault_is_an_excess(int megabytes, int handles, int threads, string excess) =>
        Assert.Equal(excess, new ProcessUse(megabytes, handles, threads).Excess(Undisturbed));
}
