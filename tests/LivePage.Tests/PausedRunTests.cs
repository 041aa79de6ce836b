namespace MiniBatch.LivePage.Tests;

public sealed class PausedRunTests
{
    /// <summary>And its page does not stay: whoever stops it has seen enough.</summary>
    [Fact]
    public async Task A_run_that_is_paused_stops_as_any_other()
    {
        using var training = WatchedTraining.Train("spiral", 1, "--epochs", "1000000");
        var link = new Uri(await training.LinkAsync());
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = link };
        client.DefaultRequestHeaders.Add("X-Token", link.Query.Split('=')[1]);
        await training.Until("steps", () => training.Steps > 0);
        using (var paused = await client.PostAsync("/api/pace", new StringContent("""{"stepsPerSecond":0}"""))) Assert.True(paused.IsSuccessStatusCode);
        await training.Until("the pause", () => training.Said.Contains("the run is paused, as somebody asked on the page", StringComparison.Ordinal));

        Assert.Equal(130, training.Interrupt());
        Assert.Contains("outcome        stopped", training.Said, StringComparison.Ordinal);
    }
}
