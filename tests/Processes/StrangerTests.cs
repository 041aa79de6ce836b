using System.Net.Sockets;
using Akka.Actor;
using MiniBatch.Hosting;
using MiniBatch.Hosting.Tests.Nodes;
using MiniBatch.Processes.Harness;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>Connections from people who are no workers, while a run goes on.</summary>
[Collection(OneAtATime.Name)]
public sealed class StrangerTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private static readonly Random Noise = new(20260117);

    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void Garbage_on_both_ports_and_a_node_without_the_secret_change_nothing()
    {
        var (control, dataPort) = StartRun();
        _cluster.WaitForSteps(300);
        int Dealt() => _cluster.Coordinator.Output.Split("slots over ").Length;
        var dealt = Dealt();
        foreach (var port in new[] { control, dataPort })
        {
            Say(port, "GET / HTTP/1.1\r\n\r\n"u8.ToArray());
            Say(port, Random(64));
            Say(port, Random(100_000));
            // A length that no frame may have.
            Say(port, [0x7F, 0xFF, 0xFF, 0xFF, .. Random(60)]);
        }
        using var node = new StrangerNode(SharedSecret.Key("a guess"));
        var coordinator = new Address("akka.tcp", AkkaNode.SystemName, "127.0.0.1", control);
        node.Cluster.Join(coordinator);
        node.Tell(new RootActorPath(coordinator) / "user" / NodeRole.Coordinator, new RegisterWorker(new WorkerId("stranger", 1), ProgramVersion.Current, new ComputeDevice("cpu", "", 0, 1), CpuCapability.Avx2, 1));
        node.Tell(new RootActorPath(coordinator) / "user" / NodeRole.Coordinator, new WorkerLeaving(new WorkerId("worker-1", 1), "says a stranger"));
        node.Down(coordinator, coordinator);
        node.JoinAsMany(coordinator, 200);
        _cluster.WaitForText(_cluster.Coordinator, "not sealed with this cluster's secret");
        AssertUndisturbed();
        Assert.DoesNotContain("stranger", _cluster.Coordinator.Output, StringComparison.Ordinal);
        Assert.Equal(dealt, Dealt());
        Assert.Contains("refused a data connection", _cluster.Coordinator.Output, StringComparison.Ordinal);
        Assert.Contains("closed a control connection", _cluster.Coordinator.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Ten_thousand_connections_that_stay_silent_change_nothing()
    {
        _cluster.StartCoordinator(Job.Long(), 2, "--wait-for-workers", "5min");
        var address = _cluster.WaitForAddress();
        // Before any worker is in. The data port ends those that are too many, the control port those that say no hello.
        var silent = Enumerable.Range(0, 5_000).SelectMany(_ => new[] { Connect(address.Port), Connect(address.DataPort) }).ToArray();
        for (var worker = 1; worker <= 2; worker++) _cluster.StartWorker($"worker-{worker}");
        AssertUndisturbed();
        foreach (var socket in silent) socket.Dispose();
    }

    private (int Control, int Data) StartRun()
    {
        _cluster.Start(Job.Long(), workers: 2);
        var address = _cluster.WaitForAddress();
        return (address.Port, address.DataPort);
    }

    private void AssertUndisturbed()
    {
        var run = _cluster.WaitForSuccess();
        Assert.Equal(0, run.Summary.Faults.Seen);
        Assert.Equal(data.Undisturbed(Job.Long(), workers: 1, output).Hashes, run.Hashes);
    }

    /// <summary>Says something and waits until the other side has had enough.</summary>
    private static void Say(int port, byte[] bytes)
    {
        using var socket = Connect(port);
        try
        {
            socket.Send(bytes);
            socket.Shutdown(SocketShutdown.Send);
            while (socket.Receive(new byte[4096]) > 0)
            {
                // The challenge that a data connection begins with; what counts is that it ends.
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // Closed while it was still being talked to.
        }
    }

    private static Socket Connect(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)TestCluster.Limit.TotalMilliseconds };
        socket.Connect("127.0.0.1", port);
        return socket;
    }

    private static byte[] Random(int count)
    {
        var bytes = new byte[count];
        Noise.NextBytes(bytes);
        return bytes;
    }
}
