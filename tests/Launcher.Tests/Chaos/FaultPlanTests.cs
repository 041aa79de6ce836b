using MiniBatch.Launcher.Chaos;

namespace MiniBatch.Launcher.Tests.Chaos;

public sealed class FaultPlanTests
{
    private const int Steps = 100_000;

    private static readonly IReadOnlyList<PlannedFault> Plan = FaultPlan.Draw(seed: 7, kills: 1200, Steps, closesConnections: true);

    [Fact]
    public void The_same_seed_draws_the_same_faults_and_another_seed_others()
    {
        Assert.Equal(Plan, FaultPlan.Draw(7, 1200, Steps, true));
        Assert.NotEqual(Plan, FaultPlan.Draw(8, 1200, Steps, true));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(1200)]
    public void There_are_as_many_kills_as_asked_for_and_half_as_many_other_faults(int kills)
    {
        var plan = FaultPlan.Draw(3, kills, Steps, true);

        Assert.Equal(kills, plan.Count(fault => fault.Kind is FaultKind.WorkerKilled or FaultKind.CoordinatorKilled));
        Assert.Equal(FaultPlan.CountOf(kills), plan.Count);
        Assert.Equal((kills + 1) / 2, plan.Count - kills);
    }

    [Fact]
    public void Twenty_kills_have_every_kind_of_fault() =>
        Assert.Equal(Enum.GetValues<FaultKind>(), FaultPlan.Draw(1, 20, Steps, true).Select(fault => fault.Kind).Distinct().Order());

    [Fact]
    public void Where_connections_cannot_be_closed_the_other_kinds_take_their_place()
    {
        var plan = FaultPlan.Draw(1, 20, Steps, closesConnections: false);

        Assert.DoesNotContain(plan, fault => fault.Kind.ClosesConnection());
        Assert.Equal(30, plan.Count);
    }

    [Fact]
    public void Faults_are_spread_over_the_steps_in_order_and_leave_the_end_alone()
    {
        Assert.Equal(Plan.Select(fault => fault.AfterStep), Plan.Select(fault => fault.AfterStep).Order());
        Assert.InRange(Plan[0].AfterStep, 1, Steps / 100);
        Assert.InRange(Plan[^1].AfterStep, Steps * 0.94, Steps * 0.95);
    }

    [Fact]
    public void After_a_fault_that_comes_close_there_is_one_that_waits_for_a_step()
    {
        var close = Enumerable.Range(0, Plan.Count).Where(i => Plan[i].IsClose).ToList();

        Assert.InRange(close.Count, 200, 500);
        Assert.All(close, i => Assert.False(i > 0 && Plan[i - 1].IsClose));
    }
}
