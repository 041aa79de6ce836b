using Akka.Actor;

namespace MiniBatch.Contracts;

public sealed class SurfaceTests
{
    [Fact]
    public void Slice_has_nothing_that_the_genuine_engine_has_not() =>
        Assert.Empty(ApiSurface.Differences(typeof(ActorSystem).Assembly, "akka.txt", "akka.remote.txt", "akka.cluster.txt"));
}
