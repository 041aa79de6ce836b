using System.Net;
using System.Net.Sockets;
using System.Text;
using MiniBatch.Graphics.Images;
using MiniBatch.Launcher.Watching;
using MiniBatch.LivePage.Live;

namespace MiniBatch.LivePage.Tests;

/// <summary>Who has no link, another page in the same browser, and what nobody's page sends.</summary>
public sealed class StrangerTests : IDisposable
{
    private readonly ServedPage _page = new();

    public static TheoryData<string> Paths => ["/", "/api/run", "/api/events", "/api/step?n=1", "/api/weights", "/api/boundary", "/api/test-image?n=1"];

    public static TheoryData<string> Buttons => ["/api/pace", "/api/step", "/api/break", "/api/compare", "/api/predict"];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Without_the_token_nothing_is_shown(string path)
    {
        foreach (var asked in new[] { path, $"{path}{(path.Contains('?') ? '&' : '?')}token=", $"{path}{(path.Contains('?') ? '&' : '?')}token=0{_page.Token}" })
        {
            var (status, text, _) = await _page.Ask("GET", asked);
            Assert.Equal(HttpStatusCode.Forbidden, status);
            Assert.Equal("open the link that was printed when this page was first served: it has a token\n", text);
        }
    }

    [Theory]
    [MemberData(nameof(Buttons))]
    public async Task A_button_needs_the_token_in_a_header_which_no_other_page_can_send(string path)
    {
        Assert.Equal(HttpStatusCode.Forbidden, (await _page.Ask("POST", path)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await _page.Ask("POST", $"{path}?token={_page.Token}")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await _page.Ask("POST", path, token: "0123")).Status);
        NothingWasDone();
    }

    [Theory]
    [MemberData(nameof(Buttons))]
    public async Task Another_pages_origin_is_refused_whatever_else_it_knows(string path)
    {
        foreach (var origin in new[] { "https://example.org", "null", $"http://localhost:{_page.Address.Port}", $"https://{_page.Address.Authority}" })
            Assert.Equal(HttpStatusCode.Forbidden, (await _page.Ask("POST", path, token: _page.Token, origin: origin)).Status);
        NothingWasDone();
    }

    /// <summary>An image's request, say, has no Origin, and would hold a place of those that listen.</summary>
    [Theory]
    [InlineData("cross-site", "no-cors", HttpStatusCode.Forbidden)]
    [InlineData("cross-site", "cors", HttpStatusCode.Forbidden)]
    [InlineData("same-site", "no-cors", HttpStatusCode.Forbidden)]   // another port of this machine
    [InlineData("cross-site", "navigate", HttpStatusCode.OK)]        // somebody follows a link
    [InlineData("same-origin", "cors", HttpStatusCode.OK)]
    [InlineData("none", "navigate", HttpStatusCode.OK)]
    public async Task What_another_page_fetches_is_refused(string site, string mode, HttpStatusCode status)
    {
        foreach (var path in new[] { $"/?token={_page.Token}", "/app.js", $"/api/run?token={_page.Token}" })
            Assert.Equal(status, (await _page.Ask("GET", path, fetch: (site, mode))).Status);
        if (status == HttpStatusCode.Forbidden)
            Assert.Equal(status, (await _page.Ask("GET", $"/api/events?token={_page.Token}", fetch: (site, mode))).Status);
    }

    [Theory]
    [InlineData("example.org")]
    [InlineData("rebound.example.org:80")]
    [InlineData("127.0.0.1.example.org")]
    public async Task Another_name_for_this_machine_is_refused(string host)
    {
        Assert.Equal(HttpStatusCode.Forbidden, (await _page.Ask("GET", $"/api/run?token={_page.Token}", host: host)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await _page.Ask("GET", "/app.js", host: host)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await _page.Ask("POST", "/api/step", token: _page.Token, host: host)).Status);
        NothingWasDone();
    }

    [Theory]
    [InlineData("/api/pace")]
    [InlineData("/api/break")]
    [InlineData("/api/compare")]
    [InlineData("/api/predict")]
    public async Task A_link_presses_no_button(string path)
    {
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await _page.Ask("GET", $"{path}?token={_page.Token}", token: _page.Token)).Status);
        NothingWasDone();
    }

    [Fact]
    public async Task Whoever_has_the_link_sees_the_page_and_presses_its_buttons()
    {
        Assert.Equal(HttpStatusCode.OK, (await _page.Ask("GET", $"/?token={_page.Token}")).Status);
        Assert.Contains("\"workload\":\"mnist-softmax\"", (await _page.Ask("GET", $"/api/run?token={_page.Token}")).Text);
        Assert.Equal(HttpStatusCode.NoContent, (await _page.Press("/api/pace", """{"stepsPerSecond":5}""")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await _page.Press("/api/pace", """{"stepsPerSecond":null}""")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await _page.Press("/api/step")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await _page.Press("/api/break", """{"fault":"killWorker","worker":"worker-1"}""")).Status);
        Assert.Equal(["pace 5", "pace full", "step"], _page.Live.Asked);
        Assert.Equal(["KillWorker worker-1"], _page.Control.Asked);
    }

    [Theory]
    [InlineData("/api/pace", """{"stepsPerSecond":-1}""", "give stepsPerSecond from 0 to 1000, or null for full speed")]
    [InlineData("/api/pace", """{"stepsPerSecond":"fast"}""", "give stepsPerSecond from 0 to 1000, or null for full speed")]
    [InlineData("/api/pace", "not json", "this is no JSON that a button sends")]
    [InlineData("/api/break", "[]", "this is no JSON that a button sends")]
    [InlineData("/api/break", """{"fault":"burnWorker"}""", "there is no such fault")]
    [InlineData("/api/break", """{"fault":"17"}""", "there is no such fault")]
    [InlineData("/api/break", """{"fault":"killWorker","worker":1}""", "this is no JSON that a button sends")]
    public async Task What_no_button_sends_is_one_line(string path, string body, string line)
    {
        var (status, text, _) = await _page.Press(path, body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith(line, text);
        Assert.Equal(1, text.Count(character => character == '\n'));
        NothingWasDone();
    }

    [Theory]
    [InlineData("/api/pace")]
    [InlineData("/api/step")]
    [InlineData("/api/break")]
    public async Task After_the_end_of_the_run_a_button_is_answered_with_one_line(string path)
    {
        _page.Control.State = _page.Control.State with { Cluster = _page.Control.State.Cluster with { IsOver = true } };
        var (status, text, _) = await _page.Press(path, "{}");
        Assert.Equal((HttpStatusCode.Conflict, "the run is over: there is nothing left to do that to\n"), (status, text));
        NothingWasDone();
        Assert.Equal(HttpStatusCode.NoContent, (await _page.Press("/api/compare")).Status);
    }

    [Fact]
    public async Task Without_a_coordinator_one_step_is_answered_with_one_line_and_the_pace_is_kept_for_the_next()
    {
        _page.Live.IsConnected = false;
        var (status, text, _) = await _page.Press("/api/step");
        Assert.Equal((HttpStatusCode.BadRequest, "there is no coordinator just now, and nothing was done; try again in a moment\n"), (status, text));
        NothingWasDone();
        Assert.Equal(HttpStatusCode.NoContent, (await _page.Press("/api/pace", """{"stepsPerSecond":5}""")).Status);
        Assert.Equal(["pace 5"], _page.Live.Asked);
    }

    [Fact]
    public async Task A_picture_that_is_too_large_or_none_is_one_line()
    {
        var many = PngWriter.Encode(new GreyImage(4097, 4097, new byte[4097 * 4097]));
        var tooMany = await _page.Ask("POST", "/api/predict", many, _page.Token, type: "image/png");
        Assert.Equal(
            (HttpStatusCode.BadRequest, "the picture is no whole PNG image: it would have 4097×4097 pixels (at least 1, at most 16777216 are read)\n"),
            (tooMany.Status, tooMany.Text));

        var tooLarge = await _page.Ask("POST", "/api/predict", new byte[PageEndpoints.PictureBytesMax + 1], _page.Token, type: "image/png");
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "a picture of more than 10 MB is not taken\n"), (tooLarge.Status, tooLarge.Text));

        var none = await _page.Ask("POST", "/api/predict", "hello"u8.ToArray(), _page.Token, type: "image/png");
        Assert.Equal(HttpStatusCode.BadRequest, none.Status);
        Assert.StartsWith("the picture is no picture that is read here", none.Text);

        var short_ = await _page.Ask("POST", "/api/predict", new byte[10], _page.Token, type: "application/octet-stream");
        Assert.Equal((HttpStatusCode.BadRequest, "10 bytes are no picture of 28×28\n"), (short_.Status, short_.Text));
    }

    [Fact]
    public async Task Pixels_are_predicted_by_a_worker()
    {
        var (status, text, _) = await _page.Ask("POST", "/api/predict", new byte[784], _page.Token, type: "application/octet-stream");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("\"worker\":\"worker-1\"", text);
        Assert.Contains("\"version\":7", text);
        Assert.Contains("0.99889", text);   // e⁹ / (e⁹ + 9)
    }

    [Fact]
    public async Task Every_answer_forbids_scripts_from_elsewhere_and_frames()
    {
        foreach (var path in new[] { $"/?token={_page.Token}", "/app.js", "/", $"/api/run?token={_page.Token}" })
        {
            var response = (await _page.Ask("GET", path)).Response;
            var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'; script-src 'self'; style-src 'self'", policy);
            Assert.Contains("frame-ancestors 'none'", policy);
            Assert.DoesNotContain("unsafe", policy);
            Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        }
    }

    [Fact]
    public async Task A_page_without_buttons_has_none()
    {
        using var page = new ServedPage(hasButtons: false, takesPictures: false);
        foreach (var button in Buttons)
            Assert.Contains((await page.Press(button)).Status, new[] { HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed });
        Assert.Empty(page.Live.Asked);
    }

    [Fact]
    public void A_port_that_is_taken_is_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var error = Assert.Throws<Shared.Runs.UserErrorException>(
            () => PageServer.Start(port, new ShownRun(_page.Run, ServedPage.Spec, new NoLiveRun())));
        Assert.StartsWith($"can't serve the page on port {port} (", error.Message);
        Assert.EndsWith("take another --watch-port, or 0 for any that is free", error.Message);
    }

    [Fact]
    public async Task Readers_beyond_the_most_are_told_to_wait_and_a_place_is_free_when_one_has_gone()
    {
        var readers = new List<StreamReader>();
        for (var i = 0; i < 8; i++) readers.Add(await _page.Listen());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _page.Ask("GET", $"/api/events?token={_page.Token}")).Status);
        readers.ForEach(reader => reader.Dispose());
        for (var tries = 0; ; tries++)
        {
            // The server notices when it next has something to say.
            _page.Live.Show(new ExchangeView(tries, "step 1", null, false, 0, [], [], null));
            try
            {
                using var again = await _page.Listen();
                return;
            }
            catch (Xunit.Sdk.EqualException) when (tries < 1800)
            {
                await Task.Delay(50);
            }
        }
    }

    public void Dispose() => _page.Dispose();

    private void NothingWasDone()
    {
        Assert.Empty(_page.Live.Asked);
        Assert.Empty(_page.Control.Asked);
    }
}
