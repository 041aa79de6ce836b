using System.Net;
using System.Text.RegularExpressions;

namespace MiniBatch.LivePage.Tests;

/// <summary>The page that a coordinator in a cluster hosts beside its health and metrics: it shows, and can do nothing.</summary>
public sealed partial class CoordinatorPageTests
{
    [Fact]
    public async Task A_coordinator_shows_its_run_and_has_no_button()
    {
        using var coordinator = WatchedTraining.Coordinator("spiral", "--port", "0", "--http-port", "0");
        await coordinator.Until("its address", () => Served().IsMatch(coordinator.Said));
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(Served().Match(coordinator.Said).Value) };

        Assert.Contains("<h2 id=\"now-title\">", await client.GetStringAsync("/"));
        Assert.Contains("\"control\":false", await client.GetStringAsync("/api/run"));
        using (var events = new StreamReader(await client.GetStreamAsync("/api/events")))
            Assert.StartsWith("data: {", await events.ReadLineAsync());

        foreach (var button in new[] { "/api/pace", "/api/step", "/api/break", "/api/compare", "/api/predict" })
        {
            using var pressed = await client.PostAsync(button, new StringContent(""));
            Assert.Contains(pressed.StatusCode, new[] { HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed });
        }
        Assert.Equal(HttpStatusCode.Forbidden, await Status("/api/run", "rebound.example.org"));
        // Probes and Prometheus come by whatever name.
        Assert.Equal(HttpStatusCode.OK, await Status("/health/live", "coordinator.minibatch.svc"));
        Assert.Equal(HttpStatusCode.OK, await Status("/metrics", "coordinator.minibatch.svc"));

        async Task<HttpStatusCode> Status(string path, string host)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = host;
            using var response = await client.SendAsync(request);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task With_watch_control_who_has_the_link_sets_the_pace_and_cuts_workers_off_and_nobody_else_sees_anything()
    {
        using var coordinator = WatchedTraining.Coordinator("mnist-softmax", "--port", "0", "--http-port", "0", "--watch-control");
        await coordinator.Until("its link", () => Link().IsMatch(coordinator.Said));
        var link = new Uri(Link().Match(coordinator.Said).Value);
        Assert.DoesNotContain(link.Query, File.ReadAllText(Path.Combine(coordinator.Run.Logs, "coordinator.jsonl")), StringComparison.Ordinal);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = link };
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("/api/run")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("/api/pace", new StringContent("{}"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live")).StatusCode);

        client.DefaultRequestHeaders.Add("X-Token", link.Query.Split('=')[1]);
        Assert.Contains("\"faults\":[\"cutOffWorker\"],\"canCompare\":false,\"pictures\":true", await client.GetStringAsync("/api/run"));
        Assert.Equal((HttpStatusCode.NoContent, ""), await Press("/api/pace", """{"stepsPerSecond":0}"""));
        await coordinator.Until("the pace", () => coordinator.Said.Contains("the run is paused, as somebody asked", StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.NoContent, ""), await Press("/api/break", """{"fault":"cutOffWorker","worker":"worker-1"}"""));
        Assert.Equal(
            (HttpStatusCode.BadRequest, "there is no such fault here; there are CutOffWorker\n"), await Press("/api/break", """{"fault":"killCoordinator"}"""));
        Assert.Equal(HttpStatusCode.BadRequest, (await Press("/api/compare", "{}")).Status);
        // Nobody computes yet; the picture has been taken all the same.
        using var predicted = await client.PostAsync("/api/predict", new ByteArrayContent(new byte[784]) { Headers = { ContentType = new("application/octet-stream") } });
        Assert.Equal("null", await predicted.Content.ReadAsStringAsync());

        async Task<(HttpStatusCode Status, string Text)> Press(string button, string json)
        {
            using var response = await client.PostAsync(button, new StringContent(json));
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public void Watch_control_without_a_port_is_one_line()
    {
        using var coordinator = WatchedTraining.Coordinator("spiral", "--watch-control");
        Assert.Equal(2, coordinator.WaitForExit());
        Assert.Equal("minibatch: --watch-control puts buttons on the page that is served with --http-port; say that as well", coordinator.Said.Trim());
    }

    [Theory]
    [InlineData("", "holds no run (there is no spec.json); name a directory that a run has left")]
    [InlineData("""{"format":2,"madeBy":"another version"}""", "spec.json can't be read: ")]
    public void A_directory_that_holds_no_run_or_one_of_another_version_is_one_line(string spec, string line)
    {
        var folder = Directory.CreateTempSubdirectory("minibatch-test-");
        if (spec.Length > 0) File.WriteAllText(Path.Combine(folder.FullName, "spec.json"), spec);
        using var watch = WatchedTraining.Watch(new Shared.Runs.RunDirectory(folder.FullName));
        Assert.InRange(watch.WaitForExit(), 1, 2);
        Assert.Contains(line, watch.Said, StringComparison.Ordinal);
        Assert.Single(watch.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        folder.Delete(recursive: true);
    }

    [GeneratedRegex(@"(?<=watch it, with buttons: )http://127\.0\.0\.1:\d+/\?token=[0-9a-f]{32}")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<=health and metrics on )http://127\.0\.0\.1:\d+")]
    private static partial Regex Served();
}
