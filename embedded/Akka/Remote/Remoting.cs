using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;

namespace Akka.Remote;

/// <summary>
/// A system's way to others. One connection a direction: a system writes on those that it opened and reads from those
/// that it accepted. All of it runs on threads of its own, so a busy pool delays no heartbeat.
/// </summary>
internal sealed class Remoting
{
    private const string Protocol = "akka.tcp";

    private readonly ConcurrentDictionary<Address, Association> _associations = new();
    private readonly ConcurrentDictionary<Node, byte> _quarantined = new();
    private readonly Listener _listener;
    private volatile bool _stopped;

    private Remoting(ActorSystemImpl system, RemotingOptions options, Socket socket)
    {
        (System, Options) = (system, options);
        var port = options.PublicPort > 0 ? options.PublicPort : ((IPEndPoint)socket.LocalEndPoint!).Port;
        Self = new Node(new Address(Protocol, system.Name, options.PublicHostname, port), Random.Shared.Next(1, int.MaxValue));
        Log = new BusLogging(system.EventStream, "remoting", typeof(Remoting));
        Watches = new RemoteWatches(this);
        _listener = new Listener(this, socket);
    }

    public ActorSystemImpl System { get; }

    public RemotingOptions Options { get; }

    public ILoggingAdapter Log { get; }

    public RemoteWatches Watches { get; }

    /// <summary>This incarnation.</summary>
    public Node Self { get; }

    public Address LocalAddress => Self.Address;

    /// <summary>Gets membership frames, on a reader's thread: it must not block.</summary>
    public Action<Node, BinaryReader>? OnClusterFrame { get; set; }

    /// <summary>Another system says that this incarnation was removed.</summary>
    public Action<Address>? OnQuarantinedBy { get; set; }

    /// <exception cref="RemoteTransportException">The port cannot be had.</exception>
    public static Remoting Start(ActorSystemImpl system)
    {
        var options = RemotingOptions.Read(system.Settings.Config);
        var remoting = new Remoting(system, options, Listener.Bind(options));
        remoting._listener.Start();
        return remoting;
    }

    public IActorRef RefTo(ActorPath path) => new RemoteRef(this, path);

    /// <summary>What a path that came in means here.</summary>
    public InternalRef Resolve(string path) => (InternalRef)System.RefProvider.ResolveActorRef(path);

    /// <summary>Queues; never blocks on the network.</summary>
    public void Send(Outbound item)
    {
        while (!_stopped)
        {
            var association = _associations.GetOrAdd(item.To, to => new Association(this, to));
            if (association.TryEnqueue(item)) return;
            _associations.TryRemove(KeyValuePair.Create(item.To, association));
        }
        Drop(item);
    }

    /// <summary>What will not be sent; messages between actors are seen as dead letters.</summary>
    public void Drop(Outbound item)
    {
        if (item is OutboundMessage message) System.DeadLetterRef.Leave(message.Message, message.Sender, message.Recipient);
    }

    public void Forget(Association association) => _associations.TryRemove(KeyValuePair.Create(association.Remote, association));

    /// <summary>Ends what goes to an address, once it is written or the limit is over; a later send starts anew.</summary>
    public void Disconnect(Address address)
    {
        if (!_associations.TryRemove(address, out var association)) return;
        association.CloseAfterFlush();
        System.Timers.Schedule(RemotingOptions.FlushTimeout, TimeSpan.Zero, association.Close);
    }

    /// <summary>Never again hears of an incarnation that the cluster has removed; its next hello is told so.</summary>
    public void Quarantine(Node node)
    {
        _quarantined[node] = 0;
        _listener.Drop(node);
        Disconnect(node.Address);
    }

    public bool IsQuarantined(Node node) => _quarantined.ContainsKey(node);

    /// <summary>One frame after the handshake.</summary>
    public void Receive(Node from, FrameKind kind, BinaryReader body)
    {
        switch (kind)
        {
            case FrameKind.Message: ReceiveMessage(from, body); break;
            case FrameKind.Watch or FrameKind.Unwatch or FrameKind.Died: Watches.Receive(kind, body); break;
            case FrameKind.Cluster: OnClusterFrame?.Invoke(from, body); break;
            default: throw new InvalidDataException($"a frame of unknown kind {kind}");
        }
    }

    public void Stop()
    {
        _stopped = true;
        _listener.Stop();
        foreach (var association in _associations.Values) association.CloseAfterFlush();
        var limit = Environment.TickCount64 + (long)RemotingOptions.FlushTimeout.TotalMilliseconds;
        foreach (var association in _associations.Values)
        {
            association.Join(TimeSpan.FromMilliseconds(Math.Max(0, limit - Environment.TickCount64)));
            association.Close();
            association.Join(RemotingOptions.FlushTimeout);
        }
    }

    private void ReceiveMessage(Node from, BinaryReader body)
    {
        var (recipient, sender) = (body.ReadString(), body.ReadString());
        var (serializerId, manifest) = (body.ReadInt32(), body.ReadString());
        var bytes = Frames.ReadBytes(body);
        var target = Resolve(recipient);
        if (target is RemoteRef)
        {
            Log.Warning("Dropping message for non-local recipient {0} from {1}: this system is {2}.", recipient, from, LocalAddress);
            return;
        }
        object message;
        try
        {
            message = System.Serializers.Deserialize(bytes, serializerId, manifest);
        }
        catch (Exception e)
        {
            Log.Warning(e, "Dropping message from {0} to {1}: serializer {2}, manifest [{3}].", from, recipient, serializerId, manifest);
            return;
        }
        target.Tell(message, sender.Length == 0 ? ActorRefs.NoSender : Resolve(sender));
    }
}
