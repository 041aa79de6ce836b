using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using MiniBatch.LivePage;

namespace MiniBatch.Coordinator.Watching;

/// <summary>Prints the link of a page with buttons. It has a token: so it is for who started the coordinator, and in no log file.</summary>
/// <param name="server">Has been started before this.</param>
/// <param name="token">Of the link.</param>
public sealed class PageAnnouncement(IServer server, string token) : IHostedService
{
    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var address = new UriBuilder(server.Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        // Where it listens everywhere the link is for this machine, or for who forwards the port to his own.
        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var host) && (host.Equals(IPAddress.Any) || host.Equals(IPAddress.IPv6Any))) address.Host = "127.0.0.1";
        address.Query = $"{PageAccess.Query}={token}";
        Console.Error.WriteLine($"watch it, with buttons: {address.Uri}");
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
