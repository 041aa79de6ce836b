using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MiniBatch.Monitoring.Health;
using MiniBatch.Monitoring.Tests.Parsing;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Monitoring.Tests;

/// <summary>What is served, over a real connection.</summary>
public sealed class MonitoringEndpointTests : IDisposable
{
    private const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private readonly Meter _meter = new("Test");
    private readonly NodeHealth _health = new("coordinator", "node-1");
    private readonly Condition _data;
    private readonly MonitoringEndpoint _endpoint;
    private readonly HttpClient _client;

    public MonitoringEndpointTests()
    {
        _data = _health.AddCondition("data", Probes.Ready, "not \"loaded\"");
        _endpoint = MonitoringEndpoint.Open(new IPEndPoint(IPAddress.Loopback, 0), _health, _meter);
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_endpoint.Port}") };
    }

    public void Dispose()
    {
        _client.Dispose();
        _endpoint.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public async Task Failing_check_is_503_with_its_reason_and_200_once_it_holds()
    {
        using var before = await _client.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, before.StatusCode);
        Assert.Equal("application/json", before.Content.Headers.ContentType!.MediaType);
        Assert.True(before.Headers.CacheControl!.NoStore);
        using var report = JsonDocument.Parse(await before.Content.ReadAsStringAsync());
        Assert.Equal(
            """{"status":"failing","role":"coordinator","node":"node-1","checks":[{"name":"data","ok":false,"reason":"not \"loaded\""}]}""",
            JsonSerializer.Serialize(report, new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

        _data.Holds("loaded");
        Assert.Equal(HttpStatusCode.OK, await StatusOf("/health/ready"));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await StatusOf("/health/startup"), await StatusOf("/health/live")));
    }

    [Fact]
    public async Task Metrics_are_served_as_the_format_asks()
    {
        _meter.CreateCounter<int>("test.things").Add(3);
        using var response = await _client.GetAsync("/metrics");
        Assert.Equal(OpenMetrics, response.Content.Headers.ContentType!.ToString());
        Assert.Equal(3, OpenMetricsParser.Parse(await response.Content.ReadAsStringAsync()).Value("test_things_total"));
    }

    [Theory]
    [InlineData("text/plain", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("text/plain;version=0.0.4;q=1,*/*;q=0.1", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.6,*/*;q=0.1", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("application/openmetrics-text;q=0,*/*;q=0.1", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("application/openmetrics-text;version=2.0.0,text/*;q=0.5", "text/plain; version=0.0.4; charset=utf-8")]
    // What Prometheus sends.
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1", OpenMetrics)]
    [InlineData("application/openmetrics-text;version=0.0.1;q=0.4,application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3", OpenMetrics)]
    [InlineData("application/openmetrics-text", OpenMetrics)]
    [InlineData("*/*", OpenMetrics)]
    [InlineData("text/html, image/png", OpenMetrics)]
    [InlineData(";;nonsense", OpenMetrics)]
    public async Task Format_is_the_one_that_the_client_likes_best(string accept, string contentType)
    {
        _meter.CreateCounter<int>("test.things").Add(3);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        Assert.True(request.Headers.TryAddWithoutValidation("Accept", accept));
        using var response = await _client.SendAsync(request);
        Assert.Equal((HttpStatusCode.OK, contentType), (response.StatusCode, response.Content.Headers.ContentType!.ToString()));
        Assert.Equal(contentType == OpenMetrics, (await response.Content.ReadAsStringAsync()).EndsWith("# EOF\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Anything_else_is_refused()
    {
        Assert.Equal(HttpStatusCode.NotFound, await StatusOf("/"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusOf("/metrics/"));
        using var posted = await _client.PostAsync("/metrics", new StringContent("x"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
        using var head = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/metrics"));
        Assert.Equal((HttpStatusCode.OK, ""), (head.StatusCode, await head.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET /health/live HTTP/1.1\r\nHost: x\r\n")]
    public async Task Connection_that_goes_silent_is_closed(string said)
    {
        using var silent = new TcpClient();
        await silent.ConnectAsync(IPAddress.Loopback, _endpoint.Port);
        await silent.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(said));
        // Whatever it is told before (408, or nothing), the end comes.
        using var answer = new StreamReader(silent.GetStream());
        await answer.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void Port_that_is_taken_is_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var error = Assert.Throws<UserErrorException>(() => MonitoringEndpoint.Open((IPEndPoint)taken.LocalEndpoint, _health, _meter));
        Assert.StartsWith($"can't serve health and metrics on {taken.LocalEndpoint} (", error.Message);
        Assert.EndsWith("); take another --http-port, or 0 for any that is free", error.Message);
        Assert.Equal(UserErrorException.Failure, error.ExitCode);
        Assert.DoesNotContain('\n', error.Message);
    }

    private async Task<HttpStatusCode> StatusOf(string path)
    {
        using var response = await _client.GetAsync(path);
        return response.StatusCode;
    }
}
