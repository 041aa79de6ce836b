using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MiniBatch.Hosting.Health;
using MiniBatch.Hosting.Telemetry;
using MiniBatch.Hosting.Tests.Parsing;
using MiniBatch.Shared.Processes;

namespace MiniBatch.Hosting.Tests;

/// <summary>A node's host without a service: what it serves over HTTP, over a real connection.</summary>
internal sealed class ServedNode : IDisposable
{
    /// <summary>What Prometheus sends.</summary>
    private const string Prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1";

    private readonly StopSignals _signals = new(supervised: false);
    private readonly IHost _host;

    public ServedNode(NodeHealth? health = null, NodeTelemetry? telemetry = null, IPAddress? at = null)
    {
        _host = NodeHost.CreateBuilder(
            _signals, new IPEndPoint(at ?? IPAddress.Loopback, 0), health ?? new NodeHealth("worker", "worker-1"),
            telemetry ?? Telemetry("None")).Build();
        _host.Start();
        Address = new Uri(_host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    /// <summary>A node that measures with the meters of a name.</summary>
    public static NodeTelemetry Telemetry(string meterName, params (string Name, object Value)[] labels) =>
        new("worker", "worker-1", meterName, labels.ToDictionary(label => label.Name, label => label.Value));

    /// <summary>The product's metrics of now, read strictly; those of .NET itself are left out.</summary>
    public Exposition Metrics()
    {
        var all = OpenMetricsParser.Parse(Text(Prometheus));
        return new Exposition(all.Families.Where(family => !family.Key.StartsWith("dotnet_", StringComparison.Ordinal)).ToDictionary());
    }

    public string Text(string accept)
    {
        using var response = Get("/metrics", accept);
        return new StreamReader(response.Content.ReadAsStream()).ReadToEnd();
    }

    public HttpResponseMessage Get(string path, string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null) Assert.True(request.Headers.TryAddWithoutValidation("Accept", accept));
        return Client.Send(request);
    }

    /// <summary>What a probe answers: whether all is well, and each check.</summary>
    public (bool IsOk, IReadOnlyList<(string Name, bool IsOk, string Reason)> Checks) Health(string probe)
    {
        using var response = Get($"/health/{probe}");
        using var body = JsonDocument.Parse(response.Content.ReadAsStream());
        return (response.StatusCode == HttpStatusCode.OK, [.. body.RootElement.GetProperty("checks").EnumerateArray().Select(
            check => (check.GetProperty("name").GetString()!, check.GetProperty("ok").GetBoolean(), check.GetProperty("reason").GetString()!))]);
    }

    public void Dispose()
    {
        Client.Dispose();
        _host.Dispose();
        _signals.Dispose();
    }
}
