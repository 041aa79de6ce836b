using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tracing;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace MiniBatch.Hosting.Telemetry;

/// <summary>What a node measures, and who it is.</summary>
/// <param name="Role">"coordinator" or "worker".</param>
/// <param name="Instance">The node's name.</param>
/// <param name="MeterName">The meter that has the node's instruments.</param>
/// <param name="Labels">What every series at <c>/metrics</c> has.</param>
public sealed record NodeTelemetry(string Role, string Instance, string MeterName, IReadOnlyDictionary<string, object> Labels);

/// <summary>OpenTelemetry for a node: scraped by Prometheus where HTTP is served, sent by OTLP where the environment says where to.</summary>
internal static class TelemetryExtensions
{
    /// <summary>OpenTelemetry's own variable: without it nothing is sent.</summary>
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string TimeoutVariable = "OTEL_EXPORTER_OTLP_TIMEOUT";

    /// <summary>Less than OpenTelemetry's ten seconds: a process that ends waits so long for a receiver that does not answer.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    /// <summary>.NET's own instruments: garbage collection, thread pool, exceptions.</summary>
    private const string RuntimeMeter = "System.Runtime";

    /// <summary>Exports what a node measures. Nothing is loaded where nobody asks for it.</summary>
    public static IHostBuilder ConfigureTelemetry(this IHostBuilder builder, NodeTelemetry telemetry, bool isServed)
    {
        var isSent = Environment.GetEnvironmentVariable(EndpointVariable) is { Length: > 0 };
        return isServed || isSent ? builder.Add(telemetry, isServed, isSent) : builder;
    }

    private static IHostBuilder Add(this IHostBuilder builder, NodeTelemetry telemetry, bool isServed, bool isSent) => builder
        // OpenTelemetry's variables.
        .ConfigureAppConfiguration(configuration => configuration.AddEnvironmentVariables())
        .ConfigureServices(services => services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService($"minibatch-{telemetry.Role}", serviceVersion: ProgramVersion.Current, serviceInstanceId: telemetry.Instance)
                .AddAttributes(telemetry.Labels))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(telemetry.MeterName).AddMeter(RuntimeMeter);
                if (isServed) metrics.AddPrometheusExporter(exporter => Configure(exporter, telemetry));
                if (isSent) metrics.AddOtlpExporter(Configure);
            })
            .WithTracing(tracing =>
            {
                if (isSent) tracing.AddSource(Spans.Source.Name).AddOtlpExporter(Configure);
            }));

    private static void Configure(OtlpExporterOptions exporter)
    {
        if (Environment.GetEnvironmentVariable(TimeoutVariable) is null) exporter.TimeoutMilliseconds = (int)AnswerLimit.TotalMilliseconds;
    }

    private static void Configure(PrometheusAspNetCoreOptions exporter, NodeTelemetry telemetry)
    {
        exporter.ScopeInfoEnabled = false;
        exporter.TargetInfoEnabled = false;
        exporter.ScrapeResponseCacheDurationMilliseconds = 0;   // what is read is what is now
        exporter.ResourceConstantLabels = telemetry.Labels.ContainsKey;
    }
}
