namespace Akka.Actor;

/// <summary>
/// An actor whose behaviour is a table of handlers: the first one whose type and predicate fit takes the message.
/// Tables are written in the constructor and in what is given to <see cref="Become(Action)"/>.
/// </summary>
public abstract class ReceiveActor : UntypedActor
{
    private HandlerTable? _writing;
    private readonly HandlerTable _first = new();

    protected ReceiveActor()
    {
        // The subclass's constructor writes the first table.
        _writing = _first;
    }

    /// <summary>Replaces the table by the one that <paramref name="configure"/> writes.</summary>
    protected void Become(Action configure) => Become(Write(configure).Handle);

    /// <summary>Puts a table on top; <see cref="ActorBase.UnbecomeStacked"/> takes it off.</summary>
    protected void BecomeStacked(Action configure) => BecomeStacked(Write(configure).Handle);

    /// <summary>Adds a handler; <paramref name="shouldHandle"/> narrows it.</summary>
    /// <exception cref="InvalidOperationException">Outside of constructor and Become, or after a handler for everything.</exception>
    protected void Receive<T>(Action<T> handler, Predicate<T>? shouldHandle = null) =>
        Table.Add(typeof(T), shouldHandle == null, message =>
        {
            if (message is not T typed || shouldHandle?.Invoke(typed) == false) return false;
            handler(typed);
            return true;
        });

    protected void Receive<T>(Predicate<T> shouldHandle, Action<T> handler) => Receive(handler, shouldHandle);

    /// <summary>Adds a handler that says itself whether it took the message.</summary>
    protected void Receive<T>(Func<T, bool> handler) => Table.Add(typeof(T), false, message => message is T typed && handler(typed));

    /// <summary>Adds a handler for everything else; nothing can be added after it.</summary>
    protected void ReceiveAny(Action<object> handler) => Receive(handler);

    protected sealed override void OnReceive(object message)
    {
        if (!_first.Handle(message)) Unhandled(message);
    }

    internal override void Constructed() => _writing = null;

    private HandlerTable Table =>
        _writing ?? throw new InvalidOperationException("Receive may only be called in the constructor and inside Become.");

    private HandlerTable Write(Action configure)
    {
        var outer = _writing;
        var table = _writing = new HandlerTable();
        try
        {
            configure();
        }
        finally
        {
            // A constructor that calls Become may go on writing its first table.
            _writing = outer;
        }
        return table;
    }

    private sealed class HandlerTable
    {
        private readonly List<Func<object, bool>> _handlers = [];
        private bool _complete;

        public void Add(Type type, bool takesAll, Func<object, bool> handler)
        {
            if (_complete) throw new InvalidOperationException("A handler for all messages was added already; none can follow it.");
            _handlers.Add(handler);
            _complete = takesAll && type == typeof(object);
        }

        public bool Handle(object message)
        {
            foreach (var handler in _handlers)
                if (handler(message)) return true;
            return false;
        }
    }
}
