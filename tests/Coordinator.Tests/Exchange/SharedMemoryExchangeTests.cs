using MiniBatch.Coordinator.Exchange;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests.Exchange;

/// <summary>The exchange with workers that share memory with it, and with what may happen to them.</summary>
public sealed class SharedMemoryExchangeTests
{
    private static readonly RunSpec Spec = Specs.Small();
    private static readonly string Undisturbed = new ImaginaryCluster(Spec, seed: 0, "a").Run().ParametersSha256;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Workers_give_the_cores_parameters_whether_all_of_them_share_or_one(bool all)
    {
        using var bench = new Bench(Spec);
        using var a = await bench.Share("a");
        using var b = all ? await bench.Share("b") : await bench.Connect("b");
        var (workA, workB) = (a.Work(), b.Work());
        bench.Deal(a, b);
        await bench.Initialise();

        Assert.Equal(Undisturbed, await bench.ToTheEnd());
        Assert.All(await bench.Ledger(), line => Assert.Equal(["a", "a", "b", "b"], line.Slots.Select(slot => slot.Worker)));

        bench.Thread.Post(new ExchangeCommand.Stop(new Shared.DataPlane.Goodbye(RunEnding.Completed, "all is trained")));
        Assert.Equal(RunEnding.Completed, (await workA.WaitAsync(Bench.Limit))!.Value.Ending);
        Assert.Equal(RunEnding.Completed, (await workB.WaitAsync(Bench.Limit))!.Value.Ending);
    }

    [Fact]
    public async Task Worker_that_dies_before_it_hands_a_written_gradient_over_costs_no_bit()
    {
        using var bench = new Bench(Spec);
        using var a = await bench.Share("a");
        using var b = await bench.Share("b");
        var died = false;
        b.InsteadOfHandingOver = () =>
        {
            b.Cut();
            return died = true;
        };
        bench.Deal(a, b);
        _ = a.Work();
        _ = b.Work();
        await bench.Initialise();
        bench.Train(1);
        Assert.Equal(b.Id, (await bench.Until<ExchangeReport.Disconnected>()).Worker);

        bench.Deal(a);

        await bench.Until<ExchangeReport.EpochTrained>();
        Assert.True(died);
        Assert.Equal(Undisturbed, await bench.ToTheEnd(fromEpoch: 2));
        Assert.All(await bench.Ledger(), line => Assert.All(line.Slots, slot => Assert.Equal("a", slot.Worker)));
    }

    [Fact]
    public async Task Gradient_that_was_handed_over_is_used_although_its_worker_died()
    {
        using var bench = new Bench(Spec);
        using var a = await bench.Share("a");
        using var b = await bench.Share("b");
        var handed = 0;
        b.InsteadOfHandingOver = () =>
        {
            if (handed++ == 0) return false;
            b.Cut();
            return true;
        };
        bench.Deal(a, b);
        await bench.Initialise(a);
        bench.Train(1);
        _ = b.Work();
        Assert.Equal(b.Id, (await bench.Until<ExchangeReport.Disconnected>()).Worker);

        _ = a.Work();
        bench.Deal(a);

        await bench.Until<ExchangeReport.EpochTrained>();
        Assert.Equal(Undisturbed, await bench.ToTheEnd(fromEpoch: 2));
        Assert.Equal(["a", "a", "b", "a"], (await bench.Ledger())[0].Slots.Select(slot => slot.Worker));
    }

    [Fact]
    public async Task Worker_that_takes_no_order_blocks_nobody_and_gets_all_when_it_does()
    {
        using var bench = new Bench(Spec);
        using var a = await bench.Share("a");
        using var b = await bench.Share("b");
        bench.Deal(a, b);
        await bench.Initialise(a);
        bench.Train(1);
        for (var i = 0; i < 8; i++)
        {
            bench.Deal(a);
            bench.Deal(b);
        }
        bench.Deal(a, b);

        _ = a.Work();
        _ = b.Work();

        await bench.Until<ExchangeReport.EpochTrained>();
        Assert.Equal(Undisturbed, await bench.ToTheEnd(fromEpoch: 2));
        Assert.True(b.StepOrders > 8, $"{b.StepOrders} orders");
    }

    [Fact]
    public async Task Worker_whose_memory_is_for_another_model_is_dropped_and_the_others_go_on()
    {
        using var bench = new Bench(Spec);
        using var a = await bench.Share("a");
        using var b = await bench.Share("b", sharedFloats: 36);
        _ = a.Work();
        _ = b.Work();
        bench.Deal(a);
        await bench.Initialise();
        bench.Deal(a, b);
        bench.Train(1);
        Assert.Equal(b.Id, (await bench.Until<ExchangeReport.Disconnected>()).Worker);

        bench.Deal(a);

        await bench.Until<ExchangeReport.EpochTrained>();
        Assert.Equal(Undisturbed, await bench.ToTheEnd(fromEpoch: 2));
    }
}
