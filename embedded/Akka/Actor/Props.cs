using System.Linq.Expressions;
using System.Reflection;

namespace Akka.Actor;

/// <summary>How to make an actor: type and constructor arguments, which a restart uses again. Immutable.</summary>
public class Props
{
    private const BindingFlags Constructors =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.CreateInstance | BindingFlags.DoNotWrapExceptions;

    private Props(Type type, object?[] arguments, ConstructorInfo? constructor, SupervisorStrategy? strategy) =>
        (Type, Arguments, Constructor, SupervisorStrategy) = (type, arguments!, constructor, strategy!);

    public Props(Type type) : this(type, [], null, null) { }

    public Props(Type type, object[] args) : this(type, args, null, null) { }

    public Type Type { get; }

    public object[] Arguments { get; }

    /// <summary>How this actor supervises its children; null leaves it to the actor itself.</summary>
    public SupervisorStrategy SupervisorStrategy { get; }

    private ConstructorInfo? Constructor { get; }

    /// <summary>The arguments of <paramref name="factory"/> are computed here, once: restarts get the same objects.</summary>
    /// <param name="factory">A call of a constructor: <c>() =&gt; new Worker(options)</c>.</param>
    /// <param name="supervisorStrategy">How the actor supervises its children; null leaves it to the actor.</param>
    /// <exception cref="ArgumentException">Not a call of a constructor.</exception>
    public static Props Create<TActor>(Expression<Func<TActor>> factory, SupervisorStrategy? supervisorStrategy = null)
        where TActor : ActorBase
    {
        if (factory.Body is not NewExpression made)
            throw new ArgumentException("The create function must be a 'new T (args)' expression", nameof(factory));
        var arguments = made.Arguments.Select(Evaluate).ToArray();
        return new Props(made.Type, arguments, made.Constructor, supervisorStrategy);
    }

    public static Props Create<TActor>(params object[] args) where TActor : ActorBase => new(typeof(TActor), args);

    public static Props Create<TActor>(SupervisorStrategy supervisorStrategy) where TActor : ActorBase, new() =>
        new(typeof(TActor), [], null, supervisorStrategy);

    public static Props Create(Type type, params object[] args) => new(type, args);

    /// <summary>The same actor with another strategy for its children.</summary>
    public Props WithSupervisorStrategy(SupervisorStrategy supervisorStrategy) => new(Type, Arguments, Constructor, supervisorStrategy);

    /// <summary>A new instance; on an actor's turn only.</summary>
    public virtual ActorBase NewActor() => (ActorBase)(Constructor != null
        ? Constructor.Invoke(Constructors, null, Arguments, null)
        : Activator.CreateInstance(Type, Constructors, null, Arguments, null)!);

    private static object? Evaluate(Expression argument) => argument is ConstantExpression constant
        ? constant.Value
        : Expression.Lambda<Func<object?>>(Expression.Convert(argument, typeof(object))).Compile(preferInterpretation: true)();
}
