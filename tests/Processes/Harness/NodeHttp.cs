using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using MiniBatch.Hosting.Tests.Parsing;

namespace MiniBatch.Processes.Harness;

/// <summary>What a node with <c>--http-port 0</c> serves.</summary>
internal sealed partial class NodeHttp : IDisposable
{
    private readonly HttpClient _client;

    private NodeHttp(string address) => _client = new HttpClient { BaseAddress = new Uri(address), Timeout = TestCluster.Limit };

    /// <summary>Waits until the node has said where it serves.</summary>
    public static NodeHttp Of(TestCluster cluster, NodeProcess node)
    {
        cluster.WaitForText(node, "health and metrics on ");
        return new NodeHttp(Address().Match(node.Output).Groups["address"].Value);
    }

    /// <summary>What a probe answers: whether all is well, and each check's reason.</summary>
    /// <param name="probe">startup, live or ready.</param>
    public (bool IsOk, IReadOnlyDictionary<string, string> Reasons) Health(string probe)
    {
        using var response = _client.Send(new HttpRequestMessage(HttpMethod.Get, $"/health/{probe}"));
        using var body = JsonDocument.Parse(response.Content.ReadAsStream());
        var isOk = body.RootElement.GetProperty("status").GetString() == "ok";
        Assert.Equal(isOk ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var checks = body.RootElement.GetProperty("checks").EnumerateArray().ToList();
        Assert.Equal(isOk, checks.TrueForAll(check => check.GetProperty("ok").GetBoolean()));
        return (isOk, checks.ToDictionary(check => check.GetProperty("name").GetString()!, check => check.GetProperty("reason").GetString()!));
    }

    /// <summary>The metrics of now, read strictly.</summary>
    public Exposition Metrics()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { { "Accept", "application/openmetrics-text;version=1.0.0" } } };
        using var response = _client.Send(request);
        Assert.Equal("application/openmetrics-text", response.Content.Headers.ContentType!.MediaType);
        using var text = new StreamReader(response.Content.ReadAsStream());
        return OpenMetricsParser.Parse(text.ReadToEnd());
    }

    public void Dispose() => _client.Dispose();

    [GeneratedRegex(@"health and metrics on (?<address>http://\S+)")]
    private static partial Regex Address();
}
