using MiniBatch.Launcher.Chaos;

namespace MiniBatch.Launcher.Tests.Chaos;

public sealed class RecoveryTimesTests
{
    private readonly RecoveryTimes _times = new(Milliseconds(20));

    [Fact]
    public void A_time_is_from_the_fault_to_the_next_step()
    {
        _times.Begin("worker killed", "another there", "worker-1", Milliseconds(1000));
        Assert.False(_times.AllOver);
        _times.StepSeen(Milliseconds(1070));
        _times.StepSeen(Milliseconds(1090));

        Assert.True(_times.AllOver);
        var histogram = Assert.Single(_times.Histograms());
        Assert.Equal(("worker killed, another there", 1, 70.0), (histogram.Fault, histogram.Count, histogram.MillisecondsMax));
    }

    [Fact]
    public void A_line_that_may_be_of_a_step_before_the_fault_does_not_count()
    {
        _times.Begin("worker killed", "another there", "worker-1", Milliseconds(1000));
        _times.StepSeen(Milliseconds(1020));
        Assert.False(_times.AllOver);
        _times.StepSeen(Milliseconds(1040));

        Assert.Equal(40, Assert.Single(_times.Histograms()).MillisecondsMax);
    }

    [Fact]
    public void Of_two_faults_before_a_step_each_has_its_own_time()
    {
        _times.Begin("worker killed", "another there", "worker-1", Milliseconds(1000));
        _times.Begin("coordinator killed", "", "coordinator", Milliseconds(1500));
        _times.StepSeen(Milliseconds(3000));

        Assert.Equal(
            [("coordinator killed, another fault not over", 1500.0), ("worker killed, another fault not over", 2000.0)],
            _times.Histograms().Select(times => (times.Fault, times.MillisecondsMax)));
    }

    [Fact]
    public void A_fault_after_another_is_over_is_alone()
    {
        _times.Begin("coordinator killed", "", "coordinator", Milliseconds(1000));
        _times.StepSeen(Milliseconds(3000));
        _times.Begin("worker killed", "another there", "worker-2", Milliseconds(3001));
        _times.StepSeen(Milliseconds(3041));

        Assert.Equal(["coordinator killed", "worker killed, another there"], _times.Histograms().Select(times => times.Fault));
    }

    [Fact]
    public void The_slowest_come_first_with_whom_and_when()
    {
        for (var i = 0; i < 3; i++)
        {
            _times.Begin("worker killed", "another there", $"worker-{i}", Milliseconds(10_000 * i));
            _times.StepSeen(Milliseconds(10_000 * i + 100 * (i + 1)));
        }

        Assert.Equal(
            [new Recovery("worker killed, another there", "worker-2", 20_000, 300), new Recovery("worker killed, another there", "worker-1", 10_000, 200)],
            _times.Slowest(2));
    }

    [Fact]
    public void Percentiles_are_times_that_were_measured()
    {
        var histogram = RecoveryHistogram.Of("worker killed", [.. Enumerable.Range(1, 200).Select(time => (double)time)]);

        Assert.Equal((100.0, 198.0, 200.0), (histogram.MillisecondsP50, histogram.MillisecondsP99, histogram.MillisecondsMax));
        Assert.Equal([50, 50, 100, 0, 0, 0, 0, 0, 0], histogram.Buckets);
    }

    [Fact]
    public void What_is_longer_than_every_bucket_is_in_the_last()
    {
        var histogram = RecoveryHistogram.Of("hang", [60_000]);

        Assert.Equal(1, histogram.Buckets[^1]);
        Assert.Equal((60_000.0, 60_000.0), (histogram.MillisecondsP50, histogram.MillisecondsP99));
    }

    private static TimeSpan Milliseconds(int number) => TimeSpan.FromMilliseconds(number);
}
