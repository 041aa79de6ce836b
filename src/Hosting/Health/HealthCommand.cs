using System.CommandLine;
using System.Net;
using System.Net.Http;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Hosting.Health;

/// <summary>
/// <c>health</c>: asks the node that runs beside it, in the same container, how it is. A container engine runs it where an image
/// has neither shell nor curl; Kubernetes asks the node itself.
/// </summary>
public static class HealthCommand
{
    /// <summary>Less than what an engine commonly gives a check, so that it hears a reason.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(4);

    /// <summary>The command: exit code 0 where the node says that all is well, else 1.</summary>
    public static Command Create()
    {
        var check = new Argument<string>("check")
        {
            Description = "startup, live or ready [live]",
            DefaultValueFactory = _ => "live",
        };
        check.AcceptOnlyFromAmong("startup", "live", "ready");
        var port = Flag.Port("--http-port", "port on which the node answers; MINIBATCH_HTTP_PORT is the node's own");
        var command = new Command("health", "Asks the node in this container how it is.") { check, port };
        command.Hidden = true;
        command.SetAction(parsed => Ask(
            parsed.GetValue(port) ?? throw new UserErrorException("say with --http-port on which port the node answers", UserErrorException.Usage),
            parsed.GetValue(check)!));
        return command;
    }

    private static int Ask(int port, string check)
    {
        // The node is on this side of any proxy.
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = AnswerLimit };
        try
        {
            using var response = Get(client, IPAddress.Loopback, port, check) ?? Get(client, IPAddress.IPv6Loopback, port, check)
                ?? client.Send(Request(IPAddress.Loopback, port, check));
            using var body = new StreamReader(response.Content.ReadAsStream());
            Console.WriteLine(body.ReadToEnd().TrimEnd());
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            throw new UserErrorException(
                $"no node answers on {IPAddress.Loopback}:{port} ({(e is TaskCanceledException ? $"not within {AnswerLimit.TotalSeconds:0} s" : e.Message)}); "
                + "is it started with this --http-port, and with a --host that includes this address?", cause: e);
        }
    }

    /// <summary>The answer; null where nobody listens at this address.</summary>
    private static HttpResponseMessage? Get(HttpClient client, IPAddress address, int port, string check)
    {
        try
        {
            return client.Send(Request(address, port, check));
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static HttpRequestMessage Request(IPAddress address, int port, string check) => new(HttpMethod.Get, $"http://{new IPEndPoint(address, port)}/health/{check}");
}
