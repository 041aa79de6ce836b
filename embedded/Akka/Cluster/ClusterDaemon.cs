using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>
/// Drives one <see cref="ClusterCore"/>: a thread that hands it messages, commands and time, sends what it wants sent,
/// and publishes what changed. A thread of its own, so that a busy pool delays no heartbeat.
/// </summary>
internal sealed class ClusterDaemon
{
    /// <summary>How late a deadline may be seen.</summary>
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(50);

    private readonly object _lock = new();
    private readonly Queue<Action<ClusterCore, TimeSpan>> _work = new();
    private readonly List<(IActorRef Subscriber, Type Channel)> _subscriptions = [];
    private readonly ActorSystemImpl _system;
    private readonly Remoting _remoting;
    private readonly ClusterCore _core;
    private readonly ILoggingAdapter _log;
    private readonly Thread _thread;
    private bool _stopped;
    private volatile ClusterView _view = ClusterView.Empty;

    public ClusterDaemon(ActorSystemImpl system, UniqueAddress self, ClusterOptions options)
    {
        (_system, _remoting) = (system, system.Remoting!);
        _core = new ClusterCore(self, options);
        _log = new BusLogging(system.EventStream, $"cluster {self.Address}", typeof(Cluster));
        _thread = new Thread(Run) { IsBackground = true, Name = $"{system.Name}-cluster" };
        _remoting.OnClusterFrame = (from, body) =>
        {
            var message = ClusterMessage.Read(body);
            Post((core, now) => core.Receive(new UniqueAddress(from.Address, from.Uid), message, now));
        };
        _remoting.OnQuarantinedBy = address => Post((core, _) => core.RemovedBy(address));
    }

    /// <summary>What was published last. From any thread.</summary>
    public ClusterView View => _view;

    /// <summary>After each change, on the daemon's thread: the view, and why this node's part has ended, if it has.</summary>
    public Action<ClusterView, string?> OnChange { get; set; } = (_, _) => { };

    public void Start() => _thread.Start();

    /// <summary>Runs <paramref name="work"/> on the daemon's thread; never after the part has ended.</summary>
    public void Post(Action<ClusterCore, TimeSpan> work)
    {
        lock (_lock)
        {
            if (_stopped) return;
            _work.Enqueue(work);
            Monitor.Pulse(_lock);
        }
    }

    public void Subscribe(IActorRef subscriber, ClusterEvent.SubscriptionInitialStateMode mode, Type[] channels) => Post((_, _) =>
    {
        if (mode == ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot) subscriber.Tell(_view.ToState(), ActorRefs.NoSender);
        else
        {
            foreach (var happened in _view.Since(ClusterView.Empty))
                if (channels.Any(channel => channel.IsInstanceOfType(happened))) subscriber.Tell(happened, ActorRefs.NoSender);
        }
        _subscriptions.AddRange(channels.Select(channel => (subscriber, channel)));
    });

    public void Unsubscribe(IActorRef subscriber, Type? channel) =>
        Post((_, _) => _subscriptions.RemoveAll(one => one.Subscriber.Equals(subscriber) && (channel == null || one.Channel == channel)));

    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            Monitor.Pulse(_lock);
        }
        if (Thread.CurrentThread != _thread && _thread.IsAlive) _thread.Join();
    }

    private void Run()
    {
        try
        {
            while (AwaitWork(out var work) && _core.Ended == null)
            {
                var now = Stopwatch.GetElapsedTime(0);
                if (work != null) work(_core, now);
                else _core.Tick(now);
                Carry();
            }
        }
        catch (Exception e)
        {
            _log.Error(e, "The membership ended.");
        }
        Finish();
    }

    /// <summary>False once stopped; no work means that a tick is due.</summary>
    private bool AwaitWork(out Action<ClusterCore, TimeSpan>? work)
    {
        lock (_lock)
        {
            if (!_stopped && _work.Count == 0) Monitor.Wait(_lock, TickInterval);
            _work.TryDequeue(out work);
            return !_stopped;
        }
    }

    private void Carry()
    {
        foreach (var (to, message) in _core.TakeOutbox())
            _remoting.Send(new UrgentFrame(to, Frames.Make(FrameKind.Cluster, message.Write)));
        if (_core.Ended == null) Show(new ClusterView(_core.Membership, _core.Unreachable));
    }

    private void Show(ClusterView view)
    {
        var before = _view;
        if (view == before) return;
        _view = view;
        foreach (var happened in view.Since(before)) Publish(happened);
        OnChange(view, null);
    }

    private void Publish(ClusterEvent.IClusterDomainEvent happened)
    {
        _log.Info("{0}", happened);
        if (happened is ClusterEvent.MemberJoined joined) _remoting.Watches.AddressReturned(joined.Member.Address);
        if (happened is ClusterEvent.MemberRemoved removed && removed.Member.Address != _remoting.LocalAddress) Part(removed);
        foreach (var subscriber in _subscriptions.Where(one => one.Channel.IsInstanceOfType(happened)).Select(one => one.Subscriber).Distinct())
            subscriber.Tell(happened, ActorRefs.NoSender);
    }

    private void Part(ClusterEvent.MemberRemoved removed)
    {
        var node = removed.Member.UniqueAddress;
        if (removed.PreviousStatus == MemberStatus.Down && _core.Ended == null) _remoting.Quarantine(new Node(node.Address, node.Uid));
        else _remoting.Disconnect(node.Address);
        _remoting.Watches.AddressTerminated(node.Address);
    }

    /// <summary>As in Akka.NET, a node whose part has ended sees all members go.</summary>
    private void Finish()
    {
        lock (_lock) _stopped = true;
        var reason = _core.Ended ?? "the system stops";
        _log.Info("This node's part in the cluster has ended: {0}.", reason);
        Publish(ClusterEvent.ClusterShuttingDown.Instance);
        // Shown with their last statuses first: whether it left or was downed.
        Show(new ClusterView(_core.Membership, _core.Unreachable));
        Show(ClusterView.Empty);
        OnChange(ClusterView.Empty, reason);
    }
}
