using Akka.Configuration;
using Akka.Event;

namespace Akka.Actor;

/// <summary>What a supervisor does about a child's failure.</summary>
public enum Directive
{
    /// <summary>The child goes on with its state; the message is lost.</summary>
    Resume,

    /// <summary>A new instance takes the child's place; its mailbox stays, the message is lost.</summary>
    Restart,

    /// <summary>The supervisor fails itself, with the child's exception.</summary>
    Escalate,

    Stop,
}

/// <summary>Decides by exception.</summary>
public interface IDecider
{
    Directive Decide(Exception cause);
}

/// <summary>A decider from a function.</summary>
public class LocalOnlyDecider(Func<Exception, Directive> decider) : IDecider
{
    public Directive Decide(Exception cause) => decider(cause);
}

/// <summary>How an actor answers failures of its children.</summary>
public abstract class SupervisorStrategy
{
    /// <summary>Stops what could not start, was killed or broke a death pact; restarts the rest.</summary>
    public static readonly IDecider DefaultDecider = new LocalOnlyDecider(cause =>
        cause is ActorInitializationException or ActorKilledException or DeathPactException ? Directive.Stop : Directive.Restart);

    public static readonly SupervisorStrategy DefaultStrategy = new OneForOneStrategy(DefaultDecider);

    /// <summary>Stops whoever fails.</summary>
    public static readonly OneForOneStrategy StoppingStrategy = new(_ => Directive.Stop);

    public abstract IDecider Decider { get; }

    protected bool LoggingEnabled { get; set; } = true;

    internal Directive Decide(ActorSystem system, IActorRef child, Exception cause, RestartHistory history)
    {
        var directive = Handle(child, cause);
        if (directive == Directive.Restart && !MayRestart(history)) directive = Directive.Stop;
        if (LoggingEnabled) LogFailure(system, child, cause, directive);
        return directive;
    }

    internal abstract bool MayRestart(RestartHistory history);

    protected abstract Directive Handle(IActorRef child, Exception exception);

    private static void LogFailure(ActorSystem system, IActorRef child, Exception cause, Directive directive)
    {
        if (directive == Directive.Escalate) return;
        var message = cause is ActorInitializationException { InnerException: { } inner } ? inner.Message : cause.Message;
        var source = child.Path.ToString();
        system.EventStream.Publish(directive == Directive.Resume
            ? new Warning(cause, source, typeof(SupervisorStrategy), message)
            : new Error(cause, source, typeof(SupervisorStrategy), message));
    }
}

/// <summary>Each child answers for itself.</summary>
public class OneForOneStrategy : SupervisorStrategy
{
    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> localOnlyDecider)
        : this(maxNrOfRetries, withinTimeRange, new LocalOnlyDecider(localOnlyDecider)) { }

    /// <param name="maxNrOfRetries">Restarts after which the child is stopped; null or -1 sets no limit.</param>
    /// <param name="withinTimeRange">The time in which they count; null counts for ever.</param>
    /// <param name="decider">Decides by exception.</param>
    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, IDecider decider)
        : this(maxNrOfRetries ?? -1, (int)(withinTimeRange?.TotalMilliseconds ?? -1), decider) { }

    public OneForOneStrategy(int maxNrOfRetries, int withinTimeMilliseconds, Func<Exception, Directive> localOnlyDecider, bool loggingEnabled = true)
        : this(maxNrOfRetries, withinTimeMilliseconds, new LocalOnlyDecider(localOnlyDecider), loggingEnabled) { }

    public OneForOneStrategy(int maxNrOfRetries, int withinTimeMilliseconds, IDecider decider, bool loggingEnabled = true)
    {
        (MaxNumberOfRetries, WithinTimeRangeMilliseconds, Decider) = (maxNrOfRetries, withinTimeMilliseconds, decider);
        LoggingEnabled = loggingEnabled;
    }

    public OneForOneStrategy(Func<Exception, Directive> localOnlyDecider) : this(-1, -1, localOnlyDecider) { }

    public OneForOneStrategy(IDecider decider) : this(-1, -1, decider) { }

    protected OneForOneStrategy() : this(DefaultDecider) { }

    public int MaxNumberOfRetries { get; }

    public int WithinTimeRangeMilliseconds { get; }

    public override IDecider Decider { get; }

    internal override bool MayRestart(RestartHistory history) => history.Allow(MaxNumberOfRetries, WithinTimeRangeMilliseconds);

    protected override Directive Handle(IActorRef child, Exception exception) => Decider.Decide(exception);
}

/// <summary>Restarts of one child, for the limits of its strategy.</summary>
internal sealed class RestartHistory
{
    private int _count;
    private long _windowStartTicks = -1;

    public bool Allow(int maxRetries, int windowMilliseconds)
    {
        if (maxRetries == 0) return false;
        if (maxRetries < 0 && windowMilliseconds < 0) return true;
        var now = Environment.TickCount64;
        if (_windowStartTicks < 0 || (windowMilliseconds > 0 && now - _windowStartTicks > windowMilliseconds))
            (_windowStartTicks, _count) = (now, 0);
        // A window without a number means one restart in it, as in Akka.NET.
        return ++_count <= (maxRetries < 0 ? 1 : maxRetries);
    }
}

/// <summary>Makes the strategy of the user guardian; named by <c>akka.actor.guardian-supervisor-strategy</c>.</summary>
public abstract class SupervisorStrategyConfigurator
{
    public abstract SupervisorStrategy Create();

    /// <exception cref="ConfigurationException">No such type, or not a configurator.</exception>
    public static SupervisorStrategyConfigurator CreateConfigurator(string typeName) => typeName switch
    {
        "Akka.Actor.DefaultSupervisorStrategy" => new DefaultSupervisorStrategy(),
        "Akka.Actor.StoppingSupervisorStrategy" => new StoppingSupervisorStrategy(),
        _ => ConfiguredTypes.Make<SupervisorStrategyConfigurator>(typeName, "akka.actor.guardian-supervisor-strategy"),
    };
}

/// <summary>Restarts top-level actors that fail.</summary>
public class DefaultSupervisorStrategy : SupervisorStrategyConfigurator
{
    public override SupervisorStrategy Create() => SupervisorStrategy.DefaultStrategy;
}

/// <summary>Stops top-level actors that fail.</summary>
public class StoppingSupervisorStrategy : SupervisorStrategyConfigurator
{
    public override SupervisorStrategy Create() => SupervisorStrategy.StoppingStrategy;
}
