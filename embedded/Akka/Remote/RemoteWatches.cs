using Akka.Actor;

namespace Akka.Remote;

/// <summary>
/// Death watch across systems. The watcher's side keeps what it watches and says so again whenever a connection in
/// either direction was lost, so no death is: a watch of one that is gone is answered at once.
/// </summary>
internal sealed class RemoteWatches(Remoting remoting)
{
    private readonly Dictionary<RemoteRef, HashSet<LocalRef>> _watchers = [];
    private readonly HashSet<Address> _gone = [];

    public void Add(RemoteRef watchee, LocalRef watcher)
    {
        bool gone;
        lock (_watchers)
        {
            gone = _gone.Contains(watchee.Path.Address);
            if (!gone)
            {
                if (!_watchers.TryGetValue(watchee, out var watchers)) _watchers[watchee] = watchers = [];
                watchers.Add(watcher);
            }
        }
        if (gone) watcher.Signal(new SystemMessage.Died(watchee, false, true));
        else remoting.Send(Frame(FrameKind.Watch, watchee, watcher));
    }

    public void Remove(RemoteRef watchee, LocalRef watcher)
    {
        lock (_watchers)
        {
            if (!_watchers.TryGetValue(watchee, out var watchers) || !watchers.Remove(watcher)) return;
            if (watchers.Count == 0) _watchers.Remove(watchee);
        }
        remoting.Send(Frame(FrameKind.Unwatch, watchee, watcher));
    }

    /// <summary>A local actor that a remote one watches has died.</summary>
    public void TellRemote(RemoteRef watcher, SystemMessage.Died died)
    {
        var watchee = Akka.Serialization.Serialization.SerializedActorPath(died.Actor);
        remoting.Send(new OutboundFrame(watcher.Path.Address, Frames.Make(FrameKind.Died, body =>
        {
            body.Write(watchee);
            body.Write(watcher.WirePath);
            body.Write(died.ExistenceConfirmed);
        })));
    }

    /// <summary>What to say first on a new connection.</summary>
    public IEnumerable<OutboundFrame> Standing(Address to)
    {
        lock (_watchers)
        {
            return _watchers.Where(watch => watch.Key.Path.Address == to)
                .SelectMany(watch => watch.Value.Select(watcher => Frame(FrameKind.Watch, watch.Key, watcher))).ToList();
        }
    }

    /// <summary>What came from there may have been lost on the way.</summary>
    public void Renew(Address to)
    {
        foreach (var watch in Standing(to)) remoting.Send(watch);
    }

    /// <summary>A watch, an unwatch or a death came in.</summary>
    public void Receive(FrameKind kind, BinaryReader body)
    {
        var watchee = remoting.Resolve(body.ReadString());
        var watcher = remoting.Resolve(body.ReadString());
        switch (kind)
        {
            case FrameKind.Watch when watchee is not RemoteRef && watcher is RemoteRef:
                watchee.Signal(new SystemMessage.Watch(watchee, watcher));
                break;
            case FrameKind.Unwatch when watchee is not RemoteRef && watcher is RemoteRef:
                watchee.Signal(new SystemMessage.Unwatch(watchee, watcher));
                break;
            case FrameKind.Died when watchee is RemoteRef dead && watcher is LocalRef local:
                Died(dead, local, body.ReadBoolean());
                break;
        }
    }

    /// <summary>A node left the cluster: all that is watched there is dead, and what will be watched there too.</summary>
    public void AddressTerminated(Address address)
    {
        List<(RemoteRef Watchee, LocalRef Watcher)> dead;
        lock (_watchers)
        {
            _gone.Add(address);
            dead = _watchers.Where(watch => watch.Key.Path.Address == address)
                .SelectMany(watch => watch.Value.Select(watcher => (watch.Key, watcher))).ToList();
            foreach (var (watchee, _) in dead) _watchers.Remove(watchee);
        }
        foreach (var (watchee, watcher) in dead) watcher.Signal(new SystemMessage.Died(watchee, true, true));
    }

    /// <summary>A new node has the address of one that is gone.</summary>
    public void AddressReturned(Address address)
    {
        lock (_watchers) _gone.Remove(address);
    }

    private void Died(RemoteRef watchee, LocalRef watcher, bool existenceConfirmed)
    {
        lock (_watchers)
        {
            if (!_watchers.TryGetValue(watchee, out var watchers) || !watchers.Remove(watcher)) return;
            if (watchers.Count == 0) _watchers.Remove(watchee);
        }
        watcher.Signal(new SystemMessage.Died(watchee, existenceConfirmed, false));
    }

    private static OutboundFrame Frame(FrameKind kind, RemoteRef watchee, LocalRef watcher) =>
        new(watchee.Path.Address, Frames.Make(kind, body =>
        {
            body.Write(watchee.WirePath);
            body.Write(Akka.Serialization.Serialization.SerializedActorPath(watcher));
        }));
}
