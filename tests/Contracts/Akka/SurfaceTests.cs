using Akka.Actor;

namespace MiniBatch.Contracts;

public sealed class SurfaceTests
{
    [Fact]
    public void Slice_has_nothing_that_the_genuine_engine_has_not()
    {
        var differences = ApiSurface.Differences(typeof(ActorSystem).Assembly, "akka.txt", "akka.remote.txt", "akka.cluster.txt");
        // The compiler makes a delegate's Invoke virtual; the lists print it without.
        Assert.Equal([], differences.Where(difference => !difference.Contains(" Invoke(", StringComparison.Ordinal)));
    }
}
