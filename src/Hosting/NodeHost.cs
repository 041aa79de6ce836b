using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MiniBatch.Hosting.Health;
using MiniBatch.Hosting.Telemetry;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Runs;
using Serilog;

namespace MiniBatch.Hosting;

/// <summary>The Generic Host of a node's process: its signals, its log, health and metrics over HTTP.</summary>
public static class NodeHost
{
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(5);

    /// <summary>A host without services of its own yet. Services start in the order in which they are added, HTTP before all others.</summary>
    /// <param name="signals">What asks the process to stop.</param>
    /// <param name="http">Where health and metrics are served; port 0 for any that is free; null for nowhere.</param>
    /// <param name="health">Answers the probes.</param>
    /// <param name="telemetry">What is measured.</param>
    /// <param name="more">Adds what else is served over HTTP; null for nothing.</param>
    public static IHostBuilder CreateBuilder(
        StopSignals signals, IPEndPoint? http, NodeHealth health, NodeTelemetry telemetry, Action<IEndpointRouteBuilder>? more = null)
    {
        var builder = new HostBuilder()
            .UseSerilog()
            .ConfigureServices(services =>
            {
                services.AddSingleton(signals).AddSingleton<IHostLifetime, SignalLifetime>();
                // A checkpoint takes as long as it takes; whoever asked to stop has a limit of its own.
                services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
            });
        return (http is null ? builder : builder.ServeHttp(http, health, more)).ConfigureTelemetry(telemetry, isServed: http is not null);
    }

    /// <summary>Runs a host until its node's service ends or the process is asked to stop.</summary>
    /// <param name="builder">Has all that the service needs.</param>
    /// <param name="http">Where health and metrics are served; null for nowhere.</param>
    /// <returns>The service's exit code; where it was stopped before it ran, the signal's.</returns>
    /// <exception cref="UserErrorException">A port is taken, or what the service throws.</exception>
    public static int Run<TService>(IHostBuilder builder, IPEndPoint? http) where TService : NodeService
    {
        using var host = builder.ConfigureServices(services => services
            .AddSingleton<TService>().AddHostedService(provider => provider.GetRequiredService<TService>())).Build();
        var signals = host.Services.GetRequiredService<StopSignals>();
        try
        {
            host.Start();
            host.WaitForShutdown();
        }
        // As Kestrel says it. Other services read and write files: their IOExceptions are not about a port.
        catch (Exception e) when (http is not null && e is IOException { InnerException: AddressInUseException } or SocketException)
        {
            throw new UserErrorException($"can't serve health and metrics on {http} ({e.Message}); take another --http-port, or 0 for any that is free", cause: e);
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            // Before all was started.
        }
        return host.Services.GetRequiredService<TService>().ExitCode ?? signals.ExitCode;
    }

    private static IHostBuilder ServeHttp(this IHostBuilder builder, IPEndPoint at, NodeHealth health, Action<IEndpointRouteBuilder>? more) => builder
        .ConfigureWebHost(web => web
            .UseKestrelCore()
            .ConfigureKestrel(kestrel => Limit(kestrel, at))
            .Configure(app => Serve(app, health, more)))
        .ConfigureServices(services =>
        {
            services.AddRoutingCore().AddHostedService<HttpAnnouncement>();
            health.AddTo(services.AddHealthChecks());
        });

    private static void Serve(IApplicationBuilder app, NodeHealth health, Action<IEndpointRouteBuilder>? more)
    {
        app.UseRouting();
        app.UseEndpoints(endpoints =>
        {
            endpoints.MapNodeHealth(health);
            endpoints.MapPrometheusScrapingEndpoint("/metrics").WithMetadata(HealthEndpoints.ReadOnly);
            more?.Invoke(endpoints);
        });
        app.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsync("There are /health/startup, /health/live, /health/ready and /metrics.\n");
        });
    }

    private static void Limit(KestrelServerOptions kestrel, IPEndPoint at)
    {
        kestrel.AddServerHeader = false;
        // Everywhere is both kinds of addresses: a probe comes by the pod's, which may be either, and `health` by the loopback's.
        if (at.Address.Equals(IPAddress.Any)) kestrel.ListenAnyIP(at.Port, Http1);
        else kestrel.Listen(at, Http1);
        kestrel.Limits.MaxConcurrentConnections = 100;
        // Who connects and says nothing must not keep the probes out.
        kestrel.Limits.KeepAliveTimeout = SilenceLimit;
        kestrel.Limits.RequestHeadersTimeout = SilenceLimit;
        kestrel.Limits.MaxRequestBodySize = 0;
    }

    private static void Http1(ListenOptions listen) => listen.Protocols = HttpProtocols.Http1;

    /// <summary>Starts after the server, and says where it listens.</summary>
    private sealed class HttpAnnouncement(IServer server) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            var address = server.Features.Get<IServerAddressesFeature>()!.Addresses.Single();
            NodeEvents.MonitoringOpened.Write("health and metrics on {address:l}", address);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
