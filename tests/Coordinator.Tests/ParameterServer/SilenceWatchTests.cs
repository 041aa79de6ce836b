using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests.ParameterServer;

public sealed class SilenceWatchTests
{
    private static readonly WorkerId A = Specs.Worker("a");
    private static readonly WorkerId B = Specs.Worker("b");

    private readonly SilenceWatch _watch = new(TimeSpan.FromSeconds(2));

    public SilenceWatchTests()
    {
        _watch.Connect(A, At(0));
        _watch.Connect(B, At(0));
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    [Fact]
    public void Worker_that_is_not_heard_for_the_limit_is_silent_and_told_once()
    {
        _watch.Hear(B, At(1.5));
        Assert.Empty(_watch.Look(At(1.9)));
        Assert.Equal([(A, At(2.25))], _watch.Look(At(2.25)));
        Assert.Empty(_watch.Look(At(3)));
    }

    [Fact]
    public void Silent_worker_that_is_heard_says_so_once_and_can_become_silent_again()
    {
        _watch.Look(At(2));
        Assert.True(_watch.Hear(A, At(2.1)));
        Assert.False(_watch.Hear(A, At(2.2)));
        Assert.Equal([(A, At(2))], _watch.Look(At(4.2)).Where(found => found.Worker == A));
    }

    [Fact]
    public void Worker_that_is_gone_is_not_silent_and_its_next_connection_is_new()
    {
        _watch.Disconnect(A);
        Assert.False(_watch.Hear(A, At(1)));
        _watch.Connect(A, At(3));
        Assert.Equal([B], _watch.Look(At(3)).Select(found => found.Worker));
    }
}
