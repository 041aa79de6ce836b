namespace MiniBatch.LivePage.Tests;

public sealed class EndTests
{
    [Fact]
    public async Task A_page_that_stays_for_no_time_ends_with_the_run()
    {
        using var training = WatchedTraining.Train("spiral", 1, "--epochs", "2", "--watch-linger", "0s");
        await training.LinkAsync();
        Assert.Equal(0, training.WaitForExit());
        Assert.Contains("outcome        completed", training.Said, StringComparison.Ordinal);
    }
}
