using MiniBatch.Supervision;

namespace MiniBatch.Launcher.Tests;

public sealed class RestartBudgetTests
{
    private readonly RestartBudget _budget = new(SupervisorOptions.Default);

    [Fact]
    public void Back_off_doubles()
    {
        var backOffs = Enumerable.Range(10, 5).Select(second => Take(second)!.Value.TotalSeconds);

        Assert.Equal([0.2, 0.4, 0.8, 1.6, 3.2], backOffs);
    }

    [Fact]
    public void Back_off_never_exceeds_its_maximum()
    {
        var budget = new RestartBudget(SupervisorOptions.Default with { RestartsMax = 20 });

        var backOffs = Enumerable.Range(0, 20).Select(_ => budget.Take(TimeSpan.Zero)).ToList();

        Assert.Equal(TimeSpan.FromSeconds(5), backOffs.Max());
    }

    [Fact]
    public void Sixth_restart_within_a_minute_is_refused()
    {
        for (var second = 0; second < 5; second++) Assert.NotNull(Take(second));

        Assert.Null(Take(59));
        Assert.Equal("after 5 restarts within 60 s; it is not started again", _budget.DescribeEnd());
    }

    [Fact]
    public void Restarts_older_than_a_minute_are_forgotten()
    {
        for (var second = 0; second < 5; second++) Take(second);

        Assert.Equal(TimeSpan.FromSeconds(0.2), Take(64));
    }

    [Fact]
    public void Restart_is_told_with_its_number()
    {
        Take(0);

        Assert.Equal("starting it again in 0.4 s (restart 2 of at most 5 within 60 s)", _budget.Describe(Take(1)!.Value));
    }

    private TimeSpan? Take(double second) => _budget.Take(TimeSpan.FromSeconds(second));
}
