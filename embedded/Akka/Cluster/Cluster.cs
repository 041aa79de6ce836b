using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster;

/// <summary>A system's part in a cluster. It joins its seed nodes when the system starts; a removed node needs a new system.</summary>
public class Cluster
{
    private readonly object _lock = new();
    private readonly List<Action> _onUp = [];
    private readonly List<Action> _onRemoved = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ActorSystemImpl _system;
    private readonly ClusterOptions _options;
    private readonly ClusterDaemon _daemon;
    private bool _wasUp;

    internal Cluster(ActorSystemImpl system)
    {
        _system = system;
        _options = ClusterOptions.Read(system.Settings.Config);
        var self = system.Remoting!.Self;
        SelfUniqueAddress = new UniqueAddress(self.Address, self.Uid);
        _daemon = new ClusterDaemon(system, SelfUniqueAddress, _options) { OnChange = Changed };
    }

    /// <summary>This incarnation.</summary>
    public UniqueAddress SelfUniqueAddress { get; }

    public Address SelfAddress => SelfUniqueAddress.Address;

    public ImmutableHashSet<string> SelfRoles => _options.Roles;

    /// <summary>The cluster as this node sees it now; empty before it has joined and after it was removed.</summary>
    public ClusterEvent.CurrentClusterState State => _daemon.View.ToState();

    /// <summary>This node; with status Removed before it has joined and after it was removed.</summary>
    public Member SelfMember => _daemon.View.Membership?.Find(SelfUniqueAddress)
        ?? new Member(SelfUniqueAddress, int.MaxValue, MemberStatus.Removed, SelfRoles);

    /// <summary>This node was removed, or its system stops. For ever.</summary>
    public bool IsTerminated => _ended.Task.IsCompleted;

    public bool IsUp => SelfMember.Status == MemberStatus.Up;

    /// <exception cref="ConfigurationException">The system's provider is not cluster.</exception>
    public static Cluster Get(ActorSystem system) => ((ActorSystemImpl)system).Cluster
        ?? throw new ConfigurationException($"ActorSystem [{system.Name}] needs to have a 'ClusterActorRefProvider' enabled in the configuration");

    /// <summary>Joins through a node; through itself it forms a cluster. Nothing happens where it is a member already.</summary>
    public void Join(Address address) => JoinSeedNodes([address]);

    /// <summary>Joins through any of them; if the first is this node and no other answers, it forms a cluster.</summary>
    public void JoinSeedNodes(IEnumerable<Address> seedNodes)
    {
        var seeds = seedNodes.ToList();
        _daemon.Post((core, now) => core.JoinSeeds(seeds, now));
    }

    /// <summary>Asks that a member leaves in order: Leaving, Exiting, Removed.</summary>
    public void Leave(Address address) => _daemon.Post((core, now) => core.Leave(address, now));

    /// <summary>Leaves in order; completes when this node is removed.</summary>
    public Task LeaveAsync()
    {
        Leave(SelfAddress);
        return _ended.Task;
    }

    /// <summary>Leaves in order; completes when this node is removed. Cancelling ends the waiting, not the leaving.</summary>
    public Task LeaveAsync(CancellationToken cancellationToken) => LeaveAsync().WaitAsync(cancellationToken);

    /// <summary>Takes a member for dead: it is removed, and ends if it still lives. Its own address makes this node end.</summary>
    public void Down(Address address) => _daemon.Post((core, now) => core.Down(address, now));

    /// <summary>Runs <paramref name="callback"/> once, on a pool thread, when this node is Up; at once if it has been.</summary>
    public void RegisterOnMemberUp(Action callback) => Register(callback, _onUp, () => _wasUp);

    /// <summary>Runs <paramref name="callback"/> once, on a pool thread, when this node is removed or its system stops.</summary>
    public void RegisterOnMemberRemoved(Action callback) => Register(callback, _onRemoved, () => IsTerminated);

    /// <summary>Subscribes with <see cref="ClusterEvent.InitialStateAsSnapshot"/>.</summary>
    public void Subscribe(IActorRef subscriber, params Type[] to) => Subscribe(subscriber, ClusterEvent.InitialStateAsSnapshot, to);

    /// <summary>Tells <paramref name="subscriber"/> the state as it is, then events of the types <paramref name="to"/>, in order.</summary>
    public void Subscribe(IActorRef subscriber, ClusterEvent.SubscriptionInitialStateMode initialStateMode, params Type[] to)
    {
        if (to.Length == 0) throw new ArgumentException("At least one `IClusterDomainEvent` class is required", nameof(to));
        _daemon.Subscribe(subscriber, initialStateMode, to);
    }

    public void Unsubscribe(IActorRef subscriber) => _daemon.Unsubscribe(subscriber, null);

    public void Unsubscribe(IActorRef subscriber, Type to) => _daemon.Unsubscribe(subscriber, to);

    internal void Start()
    {
        _daemon.Start();
        if (!_options.SeedNodes.IsEmpty) JoinSeedNodes(_options.SeedNodes);
    }

    /// <summary>A terminating system leaves first, so that nobody takes it for dead; with a limit, for there may be no one to let it go.</summary>
    internal Task LeaveBeforeShutdown() => _daemon.View.Membership == null ? Task.CompletedTask : Task.WhenAny(LeaveAsync(), Task.Delay(_options.LeaveTimeout));

    internal void Stop() => _daemon.Stop();

    private void Register(Action callback, List<Action> waiting, Func<bool> happened)
    {
        lock (_lock)
        {
            if (!happened())
            {
                waiting.Add(callback);
                return;
            }
        }
        Run([callback]);
    }

    /// <summary>On the daemon's thread, which must not wait for anyone's code.</summary>
    private void Changed(ClusterView view, string? ended)
    {
        List<Action> due = [];
        lock (_lock)
        {
            if (!_wasUp && view.Membership?.Find(SelfUniqueAddress)?.Status == MemberStatus.Up)
            {
                _wasUp = true;
                due.AddRange(_onUp);
            }
            if (ended != null && _ended.TrySetResult()) due.AddRange(_onRemoved);
        }
        Run(due);
        if (ended != null && _options.TerminateWhenDown) _ = _system.Terminate();
    }

    private void Run(List<Action> callbacks)
    {
        foreach (var callback in callbacks)
        {
            Task.Run(callback).ContinueWith(run => Akka.Event.LoggingExtensions.Error(_system.Log, run.Exception!.InnerException, "A callback of the cluster failed."),
                CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }
}
