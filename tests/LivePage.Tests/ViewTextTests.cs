using System.Text;
using MiniBatch.LivePage.Live;

namespace MiniBatch.LivePage.Tests;

/// <summary>What the page's scripts read of the exchange.</summary>
public sealed class ViewTextTests
{
    private static readonly ExchangeView Open = new(
        3, "step 4", null, false, 1.5, [new SlotView(4, 0, "worker-1", null, true), new SlotView(4, 1, null, "worker-2", false)],
        [new WorkerView("worker-1", 3, true), new WorkerView("worker-2", null, false)], null);

    [Fact]
    public void Has_the_names_that_the_scripts_know() => Is(
        """{"version":3,"work":"step 4","stepsPerSecond":null,"isHeld":false,"openMilliseconds":1.5,"slots":[{"step":4,"slot":0,"worker":"worker-1","backup":null,"isIn":true},{"step":4,"slot":1,"worker":null,"backup":"worker-2","isIn":false}],"workers":[{"name":"worker-1","version":3,"takesPart":true,"lags":false},{"name":"worker-2","version":null,"takesPart":false,"lags":false}],"staleness":null,"moved":null,"isLate":false}""",
        Open);

    [Fact]
    public void Of_updates_on_arrival_has_their_staleness_and_how_far_one_went() => Is(
        """{"version":3,"work":"step 4","stepsPerSecond":5,"isHeld":true,"openMilliseconds":0,"slots":[],"workers":[],"staleness":[7,2],"moved":{"version":2,"norm":0.25},"isLate":false}""",
        new ExchangeView(3, "step 4", 5, true, 0, [], [], [7, 2], new MovementView(2, 0.25)));

    [Fact]
    public void A_movement_that_is_no_number_is_none() => Is(
        """{"version":3,"work":"","stepsPerSecond":0,"isHeld":true,"openMilliseconds":0,"slots":[],"workers":[],"staleness":null,"moved":{"version":3,"norm":null},"isLate":false}""",
        new ExchangeView(3, "", 0, true, 0, [], [], null, new MovementView(3, double.NaN)));

    [Fact]
    public void Passed_on_as_text_still_says_its_version()
    {
        var come = new ViewText(new ViewText(Open with { Version = 41 }).Utf8Json.ToArray());
        Assert.Equal(41, come.Version);
        Assert.Null(come.Exchange);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"work":"step 4","moved":{"version":3}}""")]
    [InlineData("""{"version":"three"}""")]
    public void Text_that_is_no_view_has_no_version(string text) => Assert.Null(new ViewText(Encoding.UTF8.GetBytes(text)).Version);

    private static void Is(string json, ExchangeView view) => Assert.Equal(json, Encoding.UTF8.GetString(new ViewText(view).Utf8Json.Span));
}
