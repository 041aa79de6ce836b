using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests.ParameterServer;

public class WorkBoardTests
{
    private static Assignment Among(params string[] names) => new(new Generation(1), [.. names.Select(Specs.Worker)]);

    private static string Show(IReadOnlyList<(WorkerId Worker, int[] Items)> dealt) =>
        string.Join(" ", dealt.Select(d => $"{d.Worker.Name}:{string.Join(",", d.Items)}"));

    [Theory]
    [InlineData(4, "a:0,1,2,3", "a")]
    [InlineData(4, "a:0,1 b:2,3", "a", "b")]
    [InlineData(4, "a:0,1 b:2 c:3", "a", "b", "c")]
    [InlineData(2, "a:0 b:1", "a", "b", "c")]
    public void Opening_deals_consecutive_runs_and_leaves_spares_without(int items, string expected, params string[] workers) =>
        Assert.Equal(expected, Show(new WorkBoard(items).Deal(Among(workers))));

    [Fact]
    public void A_loss_moves_only_what_is_open_and_was_the_lost_ones()
    {
        var board = new WorkBoard(6);
        board.Deal(Among("a", "b", "c"));
        board.Complete(2);
        Assert.Equal("a:3", Show(board.Deal(Among("a", "c"))));
        Assert.Equal(1, board.Reassigned);
        Assert.Equal("", Show(board.Deal(Among("a", "c"))));
    }

    [Fact]
    public void A_new_worker_gets_nothing_of_what_others_hold() 
    {
        var board = new WorkBoard(4);
        board.Deal(Among("a"));
        Assert.Equal("", Show(board.Deal(Among("a", "b"))));
    }

    [Fact]
    public void Nobody_left_keeps_the_items_until_somebody_comes()
    {
        var board = new WorkBoard(2);
        board.Deal(Among("a"));
        Assert.Empty(board.Deal(Among()));
        Assert.Equal("b:0,1", Show(board.Deal(Among("b"))));
    }

    [Fact]
    public void Completing_twice_counts_once()
    {
        var board = new WorkBoard(2);
        Assert.True(board.Complete(1));
        Assert.False(board.Complete(1));
        Assert.Equal(1, board.Remaining);
    }
}
