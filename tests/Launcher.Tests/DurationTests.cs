using MiniBatch.Shared.CommandLine;

namespace MiniBatch.Launcher.Tests;

public sealed class DurationTests
{
    [Theory]
    [InlineData("250ms", 0.25)]
    [InlineData("90", 90)]
    [InlineData("90s", 90)]
    [InlineData("5min", 300)]
    [InlineData("5m", 300)]
    [InlineData("2h", 7200)]
    [InlineData("1.5s", 1.5)]
    [InlineData("0", 0)]
    public void Duration_with_a_known_unit_is_read(string text, double seconds)
    {
        Assert.True(Flag.TryParseDuration(text, out var value));
        Assert.Equal(seconds, value.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("5 s")]
    [InlineData("5d")]
    [InlineData("NaN")]
    [InlineData("1e9s")]
    [InlineData("soon")]
    public void Duration_of_another_form_is_refused(string text) => Assert.False(Flag.TryParseDuration(text, out _));
}
