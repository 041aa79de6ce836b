using MiniBatch.Worker.Reports;

namespace MiniBatch.Worker.Tests.Reports;

public sealed class TimelineTests
{
    [Fact]
    public void Step_is_shared_out_between_computing_waiting_and_exchange()
    {
        var shares = StepShare.Of(Lines.Of(1, 0.5, ("worker-1", 10, 300), ("worker-2", 12, 400), ("worker-1", 9, 500)));
        Assert.Equal(new StepShare("worker-1", 2, 19, 0.8, 0, 1.2), Rounded(shares[0]));
        Assert.Equal(new StepShare("worker-2", 1, 12, 0.4, 0.4, 1.2), Rounded(shares[1]));
    }

    [Fact]
    public void Slot_that_was_begun_before_its_step_computes_no_longer_than_the_step()
    {
        var share = Assert.Single(StepShare.Of(Lines.Of(1, 0.5, ("worker-1", 10, 9000))));
        Assert.Equal((2, 0, 0), (share.Compute, share.Wait, share.Exchange));
    }

    [Fact]
    public void Steps_of_a_synchronous_run_lie_end_to_end_in_all_lanes()
    {
        var timeline = Timeline.Of([Lines.Of(7, 0.5, ("worker-10", 1, 100), ("worker-2", 1, 200)), Lines.Of(8, 0.5, ("worker-2", 1, 300))], isSynchronous: true);
        Assert.Equal(["worker-2", "worker-10"], timeline.Workers);
        Assert.Equal([(0, 7), (2, 8)], timeline.Steps);
        Assert.Equal(4, timeline.Milliseconds);
        Assert.Equal(new TimelineBar("worker-10", Activity.Wait, 0.1, 0.2, 7), Assert.Single(timeline.Bars, bar => bar.Activity == Activity.Wait));
        Assert.Equal(new TimelineBar("worker-2", Activity.Compute, 2, 2.3, 8), timeline.Bars.Last(bar => bar.Activity == Activity.Compute));
    }

    [Fact]
    public void Updates_on_arrival_lie_end_to_end_in_their_workers_lane()
    {
        var timeline = Timeline.Of(
            [Lines.Of(1, 0.5, ("worker-1", 1, 100)), Lines.Of(2, 0.5, ("worker-2", 1, 200)), Lines.Of(3, 0.5, ("worker-1", 1, 300))], isSynchronous: false);
        Assert.Empty(timeline.Steps);
        Assert.Equal([0, 2], timeline.Bars.Where(bar => bar is { Worker: "worker-1", Activity: Activity.Compute }).Select(bar => bar.From));
        Assert.Equal(4, timeline.Milliseconds);
    }

    private static StepShare Rounded(StepShare share) => share with
    {
        Compute = Math.Round(share.Compute, 9), Wait = Math.Round(share.Wait, 9), Exchange = Math.Round(share.Exchange, 9),
    };
}
