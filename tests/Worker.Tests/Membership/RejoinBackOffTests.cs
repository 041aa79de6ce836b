using MiniBatch.Worker.Membership;

namespace MiniBatch.Worker.Tests.Membership;

public sealed class RejoinBackOffTests
{
    private readonly RejoinBackOff _backOff = new(TimeSpan.FromSeconds(30), TimeSpan.Zero);

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    [Fact]
    public void Tries_that_end_at_once_wait_twice_as_long_each_time_up_to_2_s()
    {
        double[] waits = [.. Enumerable.Range(0, 6).Select(_ => _backOff.Take(At(1), At(1))!.Value.TotalSeconds)];
        Assert.Equal([0.2, 0.4, 0.8, 1.6, 2, 2], waits);
    }

    [Fact]
    public void Try_that_took_part_for_a_while_begins_anew()
    {
        _backOff.Take(At(0), At(0));
        Assert.Equal(At(0.1), _backOff.Take(At(1), At(29)));
        Assert.Equal(At(0.2), _backOff.Take(At(58), At(58.5)));
    }

    [Fact]
    public void Limit_is_over_when_it_took_part_for_too_long_no_more()
    {
        Assert.NotNull(_backOff.Take(At(29), At(30)));
        Assert.Null(_backOff.Take(At(30), At(30.1)));
    }
}
