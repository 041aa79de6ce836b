using MiniBatch.Launcher.Chaos;

namespace MiniBatch.Launcher.Tests.Chaos;

public sealed class RecoveryTimesTests
{
    private readonly RecoveryTimes _times = new(Milliseconds(20));

    [Fact]
    public void A_time_is_from_the_fault_to_the_next_step()
    {
        _times.Begin("worker killed", Milliseconds(1000));
        Assert.False(_times.AllOver);
        _times.StepSeen(Milliseconds(1070));
        _times.StepSeen(Milliseconds(1090));

        Assert.True(_times.AllOver);
        var histogram = Assert.Single(_times.Histograms());
        Assert.Equal(("worker killed", 1, 70.0), (histogram.Fault, histogram.Count, histogram.MillisecondsMax));
    }

    [Fact]
    public void A_line_that_may_be_of_a_step_before_the_fault_does_not_count()
    {
        _times.Begin("worker killed", Milliseconds(1000));
        _times.StepSeen(Milliseconds(1020));
        Assert.False(_times.AllOver);
        _times.StepSeen(Milliseconds(1040));

        Assert.Equal(40, Assert.Single(_times.Histograms()).MillisecondsMax);
    }

    [Fact]
    public void Of_two_faults_before_a_step_each_has_its_own_time()
    {
        _times.Begin("worker killed", Milliseconds(1000));
        _times.Begin("coordinator killed", Milliseconds(1500));
        _times.StepSeen(Milliseconds(3000));

        Assert.Equal([("coordinator killed", 1500.0), ("worker killed", 2000.0)], _times.Histograms().Select(times => (times.Fault, times.MillisecondsMax)));
    }

    [Fact]
    public void Percentiles_are_times_that_were_measured()
    {
        var histogram = RecoveryHistogram.Of("worker killed", [.. Enumerable.Range(1, 200).Select(Milliseconds)]);

        Assert.Equal((100.0, 198.0, 200.0), (histogram.MillisecondsP50, histogram.MillisecondsP99, histogram.MillisecondsMax));
        Assert.Equal([50, 50, 100, 0, 0, 0, 0, 0, 0], histogram.Buckets);
    }

    [Fact]
    public void What_is_longer_than_every_bucket_is_in_the_last()
    {
        var histogram = RecoveryHistogram.Of("hang", [TimeSpan.FromMinutes(1)]);

        Assert.Equal(1, histogram.Buckets[^1]);
        Assert.Equal((60_000.0, 60_000.0), (histogram.MillisecondsP50, histogram.MillisecondsP99));
    }

    private static TimeSpan Milliseconds(int number) => TimeSpan.FromMilliseconds(number);
}
