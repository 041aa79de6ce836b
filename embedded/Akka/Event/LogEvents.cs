using System.Globalization;
using Akka.Actor;

namespace Akka.Event;

/// <summary>How much a log event matters.</summary>
public enum LogLevel
{
    DebugLevel,
    InfoLevel,
    WarningLevel,
    ErrorLevel,
}

/// <summary>Something for the log; published on the event stream, told to the loggers.</summary>
public abstract class LogEvent : INoSerializationVerificationNeeded
{
    protected LogEvent()
    {
        Timestamp = DateTime.UtcNow;
        Thread = Thread.CurrentThread;
    }

    /// <summary>Null where nothing was thrown.</summary>
    public Exception? Cause { get; protected set; }

    /// <summary>UTC.</summary>
    public DateTime Timestamp { get; }

    /// <summary>Where it was logged.</summary>
    public Thread Thread { get; }

    /// <summary>The path of an actor, or a name.</summary>
    public string LogSource { get; protected set; } = "";

    public Type LogClass { get; protected set; } = typeof(LogEvent);

    /// <summary>A text, or a <see cref="LogMessage"/> whose ToString formats it.</summary>
    public object Message { get; protected set; } = "";

    public abstract LogLevel LogLevel();

    public override string ToString()
    {
        var level = Logging.StringFor(LogLevel());
        var text = $"[{level}][{Timestamp.ToString("O", CultureInfo.InvariantCulture)}][Thread {Thread.ManagedThreadId:0000}][{LogSource}] {Message}";
        return Cause == null ? text : $"{text}{Environment.NewLine}Cause: {Cause}";
    }

    private protected void Set(Exception? cause, string logSource, Type logClass, object message) =>
        (Cause, LogSource, LogClass, Message) = (cause, logSource, logClass, message);
}

/// <summary>For who looks for a defect.</summary>
public class Debug : LogEvent
{
    public Debug(string logSource, Type logClass, object message) => Set(null, logSource, logClass, message);

    public Debug(Exception? cause, string logSource, Type logClass, object message) => Set(cause, logSource, logClass, message);

    public override LogLevel LogLevel() => Event.LogLevel.DebugLevel;
}

/// <summary>The usual course of things.</summary>
public class Info : LogEvent
{
    public Info(string logSource, Type logClass, object message) => Set(null, logSource, logClass, message);

    public Info(Exception? cause, string logSource, Type logClass, object message) => Set(cause, logSource, logClass, message);

    public override LogLevel LogLevel() => Event.LogLevel.InfoLevel;
}

/// <summary>It goes on, but someone should know.</summary>
public class Warning : LogEvent
{
    public Warning(string logSource, Type logClass, object message) => Set(null, logSource, logClass, message);

    public Warning(Exception? cause, string logSource, Type logClass, object message) => Set(cause, logSource, logClass, message);

    public override LogLevel LogLevel() => Event.LogLevel.WarningLevel;
}

/// <summary>Something failed.</summary>
public class Error : LogEvent
{
    public Error(Exception? cause, string logSource, Type logClass, object message) => Set(cause, logSource, logClass, message);

    public override LogLevel LogLevel() => Event.LogLevel.ErrorLevel;
}

/// <summary>System → logger: begin. Answer with <see cref="LoggerInitialized"/>, or the system warns after its timeout.</summary>
public class InitializeLogger(LoggingBus loggingBus) : INoSerializationVerificationNeeded
{
    public LoggingBus LoggingBus { get; } = loggingBus;
}

/// <summary>Logger → system: it takes log events from now on.</summary>
public class LoggerInitialized : INoSerializationVerificationNeeded, IDeadLetterSuppression;
