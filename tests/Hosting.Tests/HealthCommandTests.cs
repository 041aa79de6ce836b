using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using MiniBatch.Hosting.Health;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Hosting.Tests;

public sealed class HealthCommandTests
{
    [Fact]
    public void Exit_code_is_the_nodes_answer_to_the_probe()
    {
        var health = new NodeHealth("worker", "worker-1");
        health.AddCondition("data", Probe.Ready, "not loaded");
        using var node = new ServedNode(health);
        Assert.Equal(0, Run($"health --http-port {node.Address.Port}"));
        Assert.Equal(0, Run($"health live --http-port {node.Address.Port}"));
        Assert.Equal(1, Run($"health ready --http-port {node.Address.Port}"));
    }

    [Fact]
    public void Node_that_does_not_answer_is_one_line_that_names_the_port()
    {
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }
        var error = Assert.Throws<UserErrorException>(() => Run($"health --http-port {port}"));
        Assert.StartsWith($"no node answers on 127.0.0.1:{port} (", error.Message);
        Assert.Equal(UserErrorException.Failure, error.ExitCode);
    }

    [Fact]
    public void Port_must_be_known() =>
        Assert.Equal(UserErrorException.Usage, Assert.Throws<UserErrorException>(() => Run("health")).ExitCode);

    [SkippableFact]
    public void A_node_that_listens_everywhere_answers_whatever_kind_of_address_a_probe_comes_by()
    {
        Skip.IfNot(HasIPv6, "this machine has no IPv6");
        using var node = new ServedNode(at: IPAddress.Any);
        foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
            Assert.Equal(HttpStatusCode.OK, node.Client.Send(new HttpRequestMessage(HttpMethod.Get, $"http://{new IPEndPoint(address, node.Address.Port)}/health/live")).StatusCode);
        Assert.Equal(0, Run($"health --http-port {node.Address.Port}"));
    }

    [SkippableFact]
    public void A_node_on_the_other_kind_of_loopback_address_is_found()
    {
        Skip.IfNot(HasIPv6, "this machine has no IPv6");
        using var node = new ServedNode(at: IPAddress.IPv6Loopback);
        Assert.Equal(0, Run($"health --http-port {node.Address.Port}"));
    }

    private static bool HasIPv6
    {
        get
        {
            try
            {
                using var probe = new TcpListener(IPAddress.IPv6Loopback, 0);
                probe.Start();
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }

    private static int Run(string arguments) => new RootCommand { HealthCommand.Create() }.Parse(arguments)
        .Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
