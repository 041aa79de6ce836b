using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Event;

/// <summary>Publishing to subscribers by a classifier of the event. From any thread.</summary>
public abstract class EventBus<TEvent, TClassifier, TSubscriber>
    where TClassifier : notnull
    where TSubscriber : notnull
{
    private readonly ConcurrentDictionary<TClassifier, ImmutableArray<TSubscriber>> _receivers = new();
    private ImmutableArray<(TSubscriber Subscriber, TClassifier Classifier)> _subscriptions = [];

    /// <summary>False where it was subscribed already.</summary>
    public virtual bool Subscribe(TSubscriber subscriber, TClassifier classifier) =>
        Change(all => all.Contains((subscriber, classifier)) ? all : all.Add((subscriber, classifier)));

    /// <summary>False where it was not subscribed.</summary>
    public virtual bool Unsubscribe(TSubscriber subscriber) => Change(all => all.RemoveAll(one => one.Subscriber.Equals(subscriber)));

    /// <summary>False where it was not subscribed.</summary>
    public virtual bool Unsubscribe(TSubscriber subscriber, TClassifier classifier) =>
        Change(all => all.Remove((subscriber, classifier)));

    public virtual void Publish(TEvent @event)
    {
        foreach (var subscriber in _receivers.GetOrAdd(GetClassifier(@event), Receivers)) Publish(@event, subscriber);
    }

    protected abstract bool IsSubClassification(TClassifier parent, TClassifier child);

    protected abstract void Publish(TEvent @event, TSubscriber subscriber);

    protected abstract TClassifier GetClassifier(TEvent @event);

    private ImmutableArray<TSubscriber> Receivers(TClassifier classifier) =>
        [.. _subscriptions.Where(one => IsSubClassification(one.Classifier, classifier)).Select(one => one.Subscriber).Distinct()];

    private bool Change(
        Func<ImmutableArray<(TSubscriber Subscriber, TClassifier Classifier)>, ImmutableArray<(TSubscriber, TClassifier)>> change)
    {
        lock (_receivers)
        {
            var before = _subscriptions;
            _subscriptions = change(before);
            if (_subscriptions == before) return false;
            _receivers.Clear();
            return true;
        }
    }
}

/// <summary>A bus whose subscribers are actors.</summary>
public abstract class ActorEventBus<TEvent, TClassifier> : EventBus<TEvent, TClassifier, IActorRef>
    where TClassifier : notnull;

/// <summary>A bus by type of the event that knows how much is logged.</summary>
public class LoggingBus : ActorEventBus<object, Type>
{
    /// <summary>Events below this one are not made.</summary>
    public LogLevel LogLevel { get; private set; } = LogLevel.InfoLevel;

    public void SetLogLevel(LogLevel logLevel) => LogLevel = logLevel;

    protected override bool IsSubClassification(Type parent, Type child) => parent.IsAssignableFrom(child);

    protected override void Publish(object @event, IActorRef subscriber) => subscriber.Tell(@event, ActorRefs.NoSender);

    protected override Type GetClassifier(object @event) => @event.GetType();
}

/// <summary>What is published in a system; an actor that stops is unsubscribed.</summary>
public class EventStream : LoggingBus
{
    internal EventStream(LogLevel level) => SetLogLevel(level);

    /// <summary>Events of type <paramref name="channel"/> and what derives from it are told to <paramref name="subscriber"/>.</summary>
    public override bool Subscribe(IActorRef subscriber, Type channel) => base.Subscribe(subscriber, channel);

    public override bool Unsubscribe(IActorRef subscriber, Type channel) => base.Unsubscribe(subscriber, channel);

    public override bool Unsubscribe(IActorRef subscriber) => base.Unsubscribe(subscriber);
}
