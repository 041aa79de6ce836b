using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MiniBatch.Hosting.Health;
using MiniBatch.Hosting.Telemetry;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Hosting.Tests;

/// <summary>What is served, over a real connection.</summary>
public sealed class MonitoringEndpointTests : IDisposable
{
    private const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    private const string Classic = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Meter _meter = new(nameof(MonitoringEndpointTests));
    private readonly NodeHealth _health = new("coordinator", "node-1");
    private readonly Condition _data;
    private readonly ServedNode _node;

    public MonitoringEndpointTests()
    {
        _data = _health.AddCondition("data", Probe.Ready, "not \"loaded\"");
        _node = new ServedNode(_health, ServedNode.Telemetry(_meter.Name, ("worker", "w")));
    }

    private HttpClient Client => _node.Client;

    public void Dispose()
    {
        _node.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public async Task Failing_check_is_503_with_its_reason_and_200_once_it_holds()
    {
        using var before = await Client.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, before.StatusCode);
        Assert.Equal("application/json", before.Content.Headers.ContentType!.MediaType);
        Assert.True(before.Headers.CacheControl!.NoStore);
        using var report = JsonDocument.Parse(await before.Content.ReadAsStringAsync());
        Assert.Equal(
            """{"status":"failing","role":"coordinator","node":"node-1","checks":[{"name":"data","ok":false,"reason":"not \"loaded\""}]}""",
            JsonSerializer.Serialize(report, new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

        _data.Healthy("loaded");
        Assert.Equal(HttpStatusCode.OK, await StatusOf("/health/ready"));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await StatusOf("/health/startup"), await StatusOf("/health/live")));
    }

    [Fact]
    public void Series_have_the_node_s_labels_and_their_own_and_no_others()
    {
        _meter.CreateCounter<long>("test.sent", "By", "Bytes \\ \"sent\"\nin all.").Add(7, new KeyValuePair<string, object?>("kind", "a"));
        var family = _node.Metrics().Families["test_sent_bytes"];
        var sample = Assert.Single(family.Samples, sample => sample.Name == "test_sent_bytes_total");
        Assert.Equal(("counter", "bytes", 7), (family.Type, family.Unit, sample.Value));
        Assert.Equal([("kind", "a"), ("worker", "w")], sample.Labels.OrderBy(label => label.Key).Select(label => (label.Key, label.Value)));
    }

    [Fact]
    public void Observed_series_that_is_there_no_more_goes()
    {
        var workers = new List<string> { "a", "b" };
        _meter.CreateObservableGauge("test.up", () => workers.Select(worker => new Measurement<int>(1, new KeyValuePair<string, object?>("peer", worker))));
        Assert.Equal(2, _node.Metrics().Sum("test_up"));
        workers.Remove("a");
        Assert.Equal("b", Assert.Single(_node.Metrics().Samples).Labels["peer"]);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-1e-30)]
    [InlineData(123456789012)]
    [InlineData(1e100)]
    public void Any_number_is_read_as_it_was_measured(double value)
    {
        _meter.CreateObservableGauge("test.x", () => value);
        Assert.Equal(value, _node.Metrics().Value("test_x"));
    }

    [Fact]
    public void Histogram_counts_in_buckets_with_their_upper_bound_in_them()
    {
        var times = _meter.CreateTimes("test.wait", "Waiting.");
        foreach (var time in new[] { 0.00001, 0.0005, 0.00051, 1, 61 }) times.Record(time);
        var read = _node.Metrics();
        Assert.Equal(
            [1, 2, 3, 4, 4, 5],
            new[] { "1e-05", "0.0005", "0.001", "1.0", "60.0", "+Inf" }.Select(bound => (int)read.Value("test_wait_seconds_bucket", ("le", bound))));
        Assert.Equal((5, 62.00102), (read.Value("test_wait_seconds_count"), read.Value("test_wait_seconds_sum")));
    }

    [Fact]
    public void Dotnet_s_own_metrics_are_served_with_them() =>
        Assert.Contains("\n# TYPE dotnet_gc_collections counter\n", _node.Text("application/openmetrics-text"));

    [Theory]
    [InlineData("text/plain", Classic)]
    [InlineData("text/plain;version=0.0.4;q=1,*/*;q=0.1", Classic)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.6,*/*;q=0.1", Classic)]
    [InlineData("*/*", Classic)]
    // What Prometheus sends.
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1", OpenMetrics)]
    [InlineData("application/openmetrics-text", OpenMetrics)]
    public void Format_is_the_one_that_the_client_likes_best(string accept, string contentType)
    {
        _meter.CreateCounter<int>("test.things").Add(3);
        using var response = _node.Get("/metrics", accept);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith(contentType, response.Content.Headers.ContentType!.ToString());
        Assert.Equal(contentType == OpenMetrics, _node.Text(accept).EndsWith("# EOF\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Anything_else_is_refused()
    {
        Assert.Equal(HttpStatusCode.NotFound, await StatusOf("/"));
        using var posted = await Client.PostAsync("/metrics", content: null);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
        using var probed = await Client.PostAsync("/health/live", content: null);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, probed.StatusCode);
        using var head = await Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/metrics"));
        Assert.Equal((HttpStatusCode.OK, ""), (head.StatusCode, await head.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET /health/live HTTP/1.1\r\nHost: x\r\n")]
    public async Task Connection_that_goes_silent_is_closed(string said)
    {
        using var silent = new TcpClient();
        await silent.ConnectAsync(IPAddress.Loopback, _node.Address.Port);
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
        using var signals = new StopSignals(supervised: false);
        var at = (IPEndPoint)taken.LocalEndpoint;
        var error = Assert.Throws<UserErrorException>(() => NodeHost.Run<NoService>(
            NodeHost.CreateBuilder(signals, at, _health, ServedNode.Telemetry(_meter.Name)), at));
        Assert.StartsWith($"can't serve health and metrics on {taken.LocalEndpoint} (", error.Message);
        Assert.EndsWith("); take another --http-port, or 0 for any that is free", error.Message);
        Assert.Equal(UserErrorException.Failure, error.ExitCode);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void What_another_service_finds_wrong_with_a_file_is_not_said_of_the_port()
    {
        using var signals = new StopSignals(supervised: false);
        var at = new IPEndPoint(IPAddress.Loopback, 0);
        var builder = NodeHost.CreateBuilder(signals, at, _health, ServedNode.Telemetry(_meter.Name)).ConfigureServices(services => services.AddHostedService<FullDisk>());
        Assert.Equal("No space left on device", Assert.Throws<IOException>(() => NodeHost.Run<NoService>(builder, at)).Message);
    }

    private async Task<HttpStatusCode> StatusOf(string path)
    {
        using var response = await Client.GetAsync(path);
        return response.StatusCode;
    }

    private sealed class FullDisk : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => throw new IOException("No space left on device");

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class NoService(IHostApplicationLifetime lifetime) : NodeService(lifetime)
    {
        protected override Task<int> RunAsync(CancellationToken stopping) => throw new InvalidOperationException("it must not come to this");
    }
}
