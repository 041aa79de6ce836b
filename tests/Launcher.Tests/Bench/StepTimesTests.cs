using MiniBatch.Launcher.Bench;
using MiniBatch.Shared.Ledger;

namespace MiniBatch.Launcher.Tests.Bench;

public sealed class StepTimesTests
{
    [Fact]
    public void Parts_are_those_of_the_worker_that_came_last()
    {
        var step = new LedgerLine(1, 1, 1, 0.5, 7, 0.1, 1, false, "00000000", null, 1.25, [Slot("quick", 400, 500), Slot("slow", 700, 1100)]);

        var times = StepTimes.Of([step], seconds: 0.00145);

        Assert.Equal(1250, times.Whole, 6);
        Assert.Equal(700, times.Compute, 6);
        Assert.Equal(400, times.Send, 6);
        Assert.Equal(600, times.Wait, 6);
        Assert.Equal(150, times.Apply, 6);
        Assert.Equal(200, times.Between, 6);
    }

    [Fact]
    public void One_worker_waits_for_nobody()
    {
        var step = new LedgerLine(1, 1, 1, 0.5, 7, 0.1, 1, false, "00000000", null, 1.25, [Slot("only", 400, 500), Slot("only", 500, 1100)]);

        var times = StepTimes.Of([step], seconds: 0.00125);

        Assert.Equal(900, times.Compute, 6);
        Assert.Equal(200, times.Send, 6);
        Assert.Equal(0, times.Wait);
        Assert.Equal(0, times.Between, 6);
    }

    private static LedgerSlot Slot(string worker, int compute, int arrived) => new(worker, 5, "00000000", compute, ArrivedMicroseconds: arrived);
}
