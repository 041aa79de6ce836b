namespace MiniBatch.LivePage.Tests;

public sealed class PausedRunTests
{
    /// <summary>And its page does not stay: whoever stops it has seen enough.</summary>
    [Fact]
    public async Task A_run_that_is_paused_stops_as_any_other()
    {
        using var training = WatchedTraining.Train("spiral", 1, "--epochs", "1000000");
        using var client = Client(await training.LinkAsync());
        await training.Until("steps", () => training.Steps > 0);
        await Post(client, "/api/pace", """{"stepsPerSecond":0}""");
        await training.Until("the pause", () => Paused(training));

        Assert.Equal(130, training.Interrupt());
        Assert.Contains("outcome        stopped", training.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_begins_paused_waits_for_its_page()
    {
        using var training = WatchedTraining.Train("spiral", 1, "--watch-pace", "0");
        using var client = Client(await training.LinkAsync());
        await training.Until("the pause", () => Paused(training));
        await training.Until("a worker", () => training.Said.Contains("1 worker is ready", StringComparison.Ordinal));
        Assert.Equal(0, training.Steps);
        await Post(client, "/api/step", "{}");
        await training.Until("a step", () => training.Steps > 0);
        Assert.Equal(1, training.Steps);
        Assert.Equal(130, training.Interrupt());
    }

    private static bool Paused(WatchedTraining training) => training.Said.Contains("the run is paused, as somebody asked", StringComparison.Ordinal);

    private static HttpClient Client(string link)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(link) };
        client.DefaultRequestHeaders.Add("X-Token", client.BaseAddress.Query.Split('=')[1]);
        return client;
    }

    private static async Task Post(HttpClient client, string path, string body)
    {
        using var answer = await client.PostAsync(path, new StringContent(body));
        Assert.True(answer.IsSuccessStatusCode);
    }
}
