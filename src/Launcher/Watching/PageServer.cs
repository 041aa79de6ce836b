using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MiniBatch.Hosting;
using MiniBatch.LivePage;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Watching;

/// <summary>
/// Serves the page of a run on loopback, to who has the link. It outlives coordinators, and the run. Nothing of it is loaded where
/// nobody asks for it.
/// </summary>
public sealed class PageServer : IDisposable
{
    private readonly IHost _host;

    private PageServer(IHost host, string link) => (_host, Link) = (host, link);

    /// <summary>What opens the page; has the token.</summary>
    public string Link { get; }

    /// <summary>Starts to serve.</summary>
    /// <param name="port">0 for any that is free.</param>
    /// <param name="page">The run.</param>
    /// <exception cref="UserErrorException">The port is taken.</exception>
    public static PageServer Start(int port, ShownRun page)
    {
        var token = PageAccess.CreateToken();
        var host = new HostBuilder()
            .ConfigureServices(services => services
                // Ctrl+C and SIGTERM are the supervisor's.
                .AddSingleton<IHostLifetime, NoSignals>()
                .Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1))
                .AddRoutingCore())
            .ConfigureWebHost(web => web
                .UseKestrelCore()
                .ConfigureKestrel(kestrel => Limit(kestrel, port))
                .Configure(app => Serve(app, page, new PageAccess(token))))
            .Build();
        try
        {
            host.Start();
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            host.Dispose();
            throw new UserErrorException($"can't serve the page on port {port} ({e.InnerException.Message}); take another --watch-port, or 0 for any that is free", cause: e);
        }
        var address = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        NodeEvents.PageOpened.Write("the live page is on {address:l}", address);
        return new PageServer(host, $"{address}/?{PageAccess.Query}={token}");
    }

    /// <summary>Stays until Ctrl+C or SIGTERM, or so long.</summary>
    /// <param name="limit">Null for as long as nobody says otherwise.</param>
    public static void Linger(TimeSpan? limit)
    {
        using var asked = new ManualResetEventSlim();
        using var interrupt = Listen(PosixSignal.SIGINT);
        using var terminate = Listen(PosixSignal.SIGTERM);
        using var hangUp = Listen(PosixSignal.SIGHUP);
        asked.Wait(limit is { TotalMilliseconds: <= int.MaxValue } ? limit.Value : Timeout.InfiniteTimeSpan);   // 24 days are for ever

        PosixSignalRegistration Listen(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            asked.Set();
        });
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _host.StopAsync().GetAwaiter().GetResult();
        _host.Dispose();
    }

    private static void Serve(IApplicationBuilder app, ShownRun page, PageAccess access)
    {
        var stopping = app.ApplicationServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        app.UseRouting();
        app.UseEndpoints(endpoints => endpoints.MapRunPage(page, access, stopping));
    }

    private static void Limit(KestrelServerOptions kestrel, int port)
    {
        kestrel.AddServerHeader = false;
        kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1);
        kestrel.Limits.MaxConcurrentConnections = 100;
        // What is too long is refused by whoever reads it, with a line.
        kestrel.Limits.MaxRequestBodySize = 2L * PageEndpoints.PictureBytesMax;
    }
}
