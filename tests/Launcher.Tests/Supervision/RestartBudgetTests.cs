using MiniBatch.Supervision;

namespace MiniBatch.Launcher.Tests.Supervision;

public sealed class RestartBudgetTests
{
    private static readonly TimeSpan Shortly = TimeSpan.FromSeconds(1);

    private readonly RestartBudget _budget = new(SupervisorOptions.Default);

    [Fact]
    public void The_first_is_at_once_then_the_back_off_doubles()
    {
        var backOffs = Enumerable.Range(0, 5).Select(_ => Take()!.Value.TotalSeconds);

        Assert.Equal([0, 0.2, 0.4, 0.8, 1.6], backOffs);
    }

    [Fact]
    public void Back_off_never_exceeds_its_maximum()
    {
        var budget = new RestartBudget(SupervisorOptions.Default with { RestartsMax = 20 });

        var backOffs = Enumerable.Range(0, 20).Select(_ => budget.Take(Shortly, 0)).ToList();

        Assert.Equal(TimeSpan.FromSeconds(5), backOffs.Max());
    }

    [Fact]
    public void Sixth_restart_without_a_step_is_refused()
    {
        for (var restart = 0; restart < 5; restart++) Assert.NotNull(Take(step: 7));

        Assert.Null(Take(step: 7));
        Assert.Equal("after 5 restarts without a step between; it is not started again", _budget.DescribeEnd());
    }

    [Fact]
    public void A_step_between_makes_it_the_first_again()
    {
        for (var restart = 0; restart < 5; restart++) Take(step: 7);

        Assert.Equal(TimeSpan.Zero, Take(step: 8));
    }

    [Fact]
    public void A_step_that_is_computed_again_is_none()
    {
        Take(step: 1000);
        for (var restart = 1; restart < 5; restart++) Assert.NotNull(Take(step: 900 + restart));

        Assert.Null(Take(step: 1000));
    }

    [Fact]
    public void A_process_that_ran_for_a_minute_was_sound()
    {
        for (var restart = 0; restart < 5; restart++) Take();

        Assert.Equal(TimeSpan.Zero, _budget.Take(TimeSpan.FromMinutes(1), 0));
    }

    [Fact]
    public void Restart_is_told_with_its_number()
    {
        Assert.Equal("starting it again at once (restart 1 of at most 5 without a step between)", _budget.Describe(Take()!.Value));
        Assert.Equal("starting it again in 0.2 s (restart 2 of at most 5 without a step between)", _budget.Describe(Take()!.Value));
    }

    private TimeSpan? Take(long step = 0) => _budget.Take(Shortly, step);
}
