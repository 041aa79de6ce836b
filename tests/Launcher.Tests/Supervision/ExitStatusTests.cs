using MiniBatch.Supervision;

namespace MiniBatch.Launcher.Tests.Supervision;

public sealed class ExitStatusTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(129)]
    [InlineData(130)]
    [InlineData(143)]
    public void End_that_our_programs_choose_is_no_crash(int code) => Assert.False(new ExitStatus(code).IsCrash);

    [Theory]
    [InlineData(134)]
    [InlineData(137)]
    [InlineData(139)]
    [InlineData(3)]
    [InlineData(255)]
    public void Any_other_end_is_a_crash(int code) => Assert.True(new ExitStatus(code).IsCrash);
}
