using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MiniBatch.Monitoring.Health;
using MiniBatch.Monitoring.OpenMetrics;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Monitoring;

/// <summary>
/// A node's health and metrics over HTTP: <c>/health/startup</c>, <c>/health/live</c>, <c>/health/ready</c> as JSON, 200 or 503, and
/// <c>/metrics</c> as OpenMetrics text, or Prometheus's own where that is asked for. Reads, changes nothing, asks for no secret.
/// </summary>
/// <remarks>
/// Kestrel alone, without the host that usually surrounds it: that one would listen for signals, read an environment of its own and
/// write to the console, all of which is the node's business.
/// </remarks>
public sealed class MonitoringEndpoint : IDisposable
{
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    private readonly KestrelServer _server;
    private readonly MetricCollector _metrics;

    private MonitoringEndpoint(KestrelServer server, MetricCollector metrics, int port)
    {
        _server = server;
        _metrics = metrics;
        Port = port;
    }

    /// <summary>The port that it listens on.</summary>
    public int Port { get; }

    /// <summary>Listens from now on.</summary>
    /// <param name="at">Address and port; port 0 for any that is free.</param>
    /// <param name="health">Answers the probes.</param>
    /// <param name="meters">Are written at <c>/metrics</c>; they are listened to from now on.</param>
    /// <exception cref="UserErrorException">It can't listen there.</exception>
    public static MonitoringEndpoint Open(IPEndPoint at, NodeHealth health, params IReadOnlyCollection<Meter> meters)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        ListenOptions? listening = null;
        options.Listen(at, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listening = listen;
        });
        options.Limits.MaxConcurrentConnections = 100;
        // Who connects and says nothing must not keep the probes out.
        options.Limits.KeepAliveTimeout = SilenceLimit;
        options.Limits.RequestHeadersTimeout = SilenceLimit;
        options.Limits.MaxRequestBodySize = 0;
        var server = new KestrelServer(
            Options.Create(options),
            new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance),
            NullLoggerFactory.Instance);
        var metrics = new MetricCollector(meters);
        try
        {
            server.StartAsync(new Application(health, metrics), CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            server.Dispose();
            metrics.Dispose();
            throw new UserErrorException($"can't serve health and metrics on {at} ({e.Message}); take another --http-port, or 0 for any that is free", cause: e);
        }
        var bound = listening!.IPEndPoint!;
        NodeEvents.MonitoringOpened.Write("health and metrics on http://{address:l}", bound.ToString());
        return new MonitoringEndpoint(server, metrics, bound.Port);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            _server.StopAsync(limit.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            // Somebody holds a connection open; the process does not wait.
        }
        _server.Dispose();
        _metrics.Dispose();
    }

    private sealed class Application(NodeHealth health, MetricCollector metrics) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }

        public Task ProcessRequestAsync(HttpContext context) => context.Request.Path.Value switch
        {
            _ when !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method) => Refuse(context),
            "/health/startup" => Answer(context, Probes.Startup),
            "/health/live" => Answer(context, Probes.Live),
            "/health/ready" => Answer(context, Probes.Ready),
            "/metrics" => Measure(context),
            _ => Write(context, StatusCodes.Status404NotFound, "text/plain; charset=utf-8",
                "There are /health/startup, /health/live, /health/ready and /metrics.\n"),
        };

        private Task Answer(HttpContext context, Probes probe)
        {
            var report = health.Look(probe);
            context.Response.Headers.CacheControl = "no-store";
            return Write(
                context, report.IsOk ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
                "application/json; charset=utf-8", JsonSerializer.Serialize(report, Json.Indented) + "\n");
        }

        private Task Measure(HttpContext context)
        {
            var format = MetricFormats.Of(context.Request.Headers.Accept);
            context.Response.Headers.Vary = "Accept";
            return Write(context, StatusCodes.Status200OK, format.ContentType(), metrics.Write(format));
        }

        private static Task Refuse(HttpContext context)
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return Write(context, StatusCodes.Status405MethodNotAllowed, "text/plain; charset=utf-8", "GET or HEAD\n");
        }

        private static Task Write(HttpContext context, int status, string contentType, string text)
        {
            var body = Encoding.UTF8.GetBytes(text);
            context.Response.StatusCode = status;
            context.Response.ContentType = contentType;
            context.Response.ContentLength = body.Length;
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body).AsTask();
        }
    }
}
