using MiniBatch.TrainedModels.Reports;

namespace MiniBatch.TrainedModels.Tests.Reports;

public sealed class TimelineTests
{
    [Fact]
    public void Steps_of_a_synchronous_run_lie_end_to_end_in_all_lanes()
    {
        var timeline = Timeline.Of([Lines.Of(7, 0.5, ("worker-10", 1, 100), ("worker-2", 1, 200)), Lines.Of(8, 0.5, ("worker-2", 1, 300))], isSynchronous: true);
        Assert.Equal(["worker-2", "worker-10"], timeline.Workers);
        Assert.Equal([(0, 7), (2, 8)], timeline.Steps);
        Assert.Equal(4, timeline.Milliseconds);
        var waited = Assert.Single(timeline.Bars, bar => bar.Activity == Activity.Wait);
        Assert.Equal(("worker-10", 7), (waited.Worker, waited.Update));
        Assert.Equal((1.9, 2.0), (Math.Round(waited.From, 9), Math.Round(waited.To, 9)));
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
}
