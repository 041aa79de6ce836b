using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit;
using Google.Protobuf.WellKnownTypes;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tests.Protocol;

namespace MiniBatch.Hosting.Tests.Nodes;

/// <summary>
/// What a node takes from the network: the cluster's own messages, and control messages. A stranger here is an actor system
/// as Akka configures it by default, that speaks the control plane's language as well and does not know the secret.
/// </summary>
[Collection(nameof(OneClusterAtATime))]
public sealed class NetworkSurfaceTests : IDisposable
{
    /// <summary>Akka's numbers on the wire: of a request for an actor, of what a cluster's nodes say, of the envelope of a selection.</summary>
    private const int DaemonCreate = 3, AkkaCluster = 5, AkkaContainers = 6;

    private static readonly RunEnded Last = new(new WorkerId("worker-1", 1), RunEnding.Completed, "the last one");

    private static readonly Config Stranger = ConfigurationFactory.ParseString($$"""
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          actor {
            provider = remote
            serializers.control = "{{typeof(ControlSerializer).AssemblyQualifiedName}}"
            serialization-bindings."{{typeof(IControlMessage).AssemblyQualifiedName}}" = control
          }
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
          remote.retry-gate-closed-for = 50ms
        }
        """);

    /// <summary>What is no control message: a primitive, an object, bytes, a system's own, one with an exception, one of protobuf.</summary>
    private static object[] Foreign =>
    [
        "text", 7, new[] { 1, 2 }, new byte[] { 1 }, new Poco { Name = "x" }, new { Name = "anonymous" },
        PoisonPill.Instance, Kill.Instance, new Identify("who"), new Status.Failure(new Poisoned()), new Empty(),
    ];

    private readonly TestNode _node = TestNode.Coordinator();
    private readonly TestNode _other;
    private readonly ActorSystem _stranger = ActorSystem.Create("stranger", Stranger);
    private readonly TestProbe _receiver;

    public NetworkSurfaceTests()
    {
        _other = TestNode.Worker(_node);
        _receiver = _node.NewProbe();
    }

    public void Dispose()
    {
        _other.Dispose();
        _node.Dispose();
        Assert.True(_stranger.Terminate().Wait(TestNode.Limit));
    }

    [Fact]
    public void Control_messages_cross_and_arrive_equal()
    {
        foreach (var row in ControlMessages.All)
        {
            Receiver(_other.System).Tell(row[1]);
            Assert.Equal(row[1], _receiver.ExpectMsg<IControlMessage>(TestNode.Limit));
        }
    }

    [Fact]
    public void Other_messages_do_not_leave_a_node_and_control_messages_after_them_do()
    {
        Assert.All(Foreign, message => Assert.Throws<NotSupportedException>(() => _other.System.Serialization.Serialize(message)));
        TellForeignThenLast(_other.System);
        Assert.Equal(Last, _receiver.ExpectMsg<object>(TestNode.Limit));
    }

    [Fact]
    public void No_message_of_a_stranger_is_delivered_and_a_nodes_after_them_is()
    {
        TellForeignThenLast(_stranger);
        var heard = new RunEnded(new WorkerId("worker-1", 1), RunEnding.Completed, "from a node");
        Receiver(_other.System).Tell(heard);
        Assert.Equal(heard, _receiver.ExpectMsg<object>(TestNode.Limit));
        _receiver.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public async Task Stranger_cannot_have_an_actor_made_here()
    {
        var warnings = _node.NewProbe();
        _node.System.EventStream.Subscribe(warnings, typeof(Warning));

        var made = _stranger.ActorOf(Props.Create<Made>().WithDeploy(Deploy.None.WithScope(new RemoteScope(_node.Address))));

        Assert.Equal(_node.Address, made.Path.Address);
        warnings.FishForMessage<Warning>(warning => $"{warning.Message}".Contains($"serializer id [{DaemonCreate}]"), TestNode.Limit);
        await Assert.ThrowsAsync<ActorNotFoundException>(() => _node.System.ActorSelection(made.Path).ResolveOne(TestNode.Limit));
    }

    [Fact]
    public void Serializers_of_the_cluster_and_of_the_control_plane_read_and_no_others()
    {
        Assert.Equal([AkkaCluster, AkkaContainers, ControlSerializer.WireIdentifier], Enumerable.Range(1, 10_000).Where(Reads));
    }

    private bool Reads(int serializer) => Record.Exception(() => _node.System.Serialization.Deserialize([1], serializer, "a type")) switch
    {
        NotSupportedException => false,
        SerializationException e when e.Message.StartsWith("Cannot find serializer", StringComparison.Ordinal) => false,
        _ => true,
    };

    /// <summary>To the receiver, by reference and by selection.</summary>
    private void TellForeignThenLast(ActorSystem from)
    {
        foreach (var message in Foreign)
        {
            Receiver(from).Tell(message);
            from.ActorSelection(ReceiverPath).Tell(message);
        }
        Receiver(from).Tell(Last);
    }

    private IActorRef Receiver(ActorSystem from) => ((ExtendedActorSystem)from).Provider.ResolveActorRef(ReceiverPath);

    private string ReceiverPath => _receiver.Ref.Path.ToStringWithAddress(_node.Address);

    private sealed class Poco
    {
        public string Name { get; init; } = "";
    }

    private sealed class Poisoned : Exception;

    private sealed class Made : ReceiveActor
    {
        public Made() => ReceiveAny(_ => { });
    }
}
