using MiniBatch.Launcher.Bench;

namespace MiniBatch.Launcher.Tests.Bench;

public sealed class RoundsTests
{
    [Fact]
    public void Systems_are_measured_in_turn_and_not_one_after_the_other()
    {
        Assert.Equal(
            [(1, "A"), (1, "B"), (1, "C"), (2, "A"), (2, "B"), (2, "C")],
            Rounds.Interleaved(["A", "B", "C"], rounds: 2));
    }
}
