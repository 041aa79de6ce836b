namespace Akka.Event;

/// <summary>Where a part of the program logs.</summary>
public interface ILoggingAdapter
{
    bool IsDebugEnabled { get; }

    bool IsInfoEnabled { get; }

    bool IsWarningEnabled { get; }

    bool IsErrorEnabled { get; }

    bool IsEnabled(LogLevel logLevel);

    /// <summary>Logs a text as it is.</summary>
    void Log(LogLevel logLevel, Exception? cause, string format);

    /// <summary>Logs a text with arguments.</summary>
    void Log(LogLevel logLevel, Exception? cause, LogMessage message);
}

/// <summary>A format with its arguments, put together only if someone reads it.</summary>
public abstract class LogMessage
{
    private protected LogMessage(string format) => Format = format;

    /// <summary>As in <see cref="string.Format(string, object[])"/>: "{0} of {1}".</summary>
    public string Format { get; }

    public abstract IEnumerable<object> Parameters();

    /// <summary>Format and arguments side by side.</summary>
    public abstract string Unformatted();
}

/// <summary>The one kind of message.</summary>
internal sealed class LogValues(string format, object?[] arguments) : LogMessage(format)
{
    public override IEnumerable<object> Parameters() => arguments!;

    public override string Unformatted() => $"{Format} [{string.Join(", ", arguments)}]";

    public override string ToString()
    {
        try
        {
            return string.Format(System.Globalization.CultureInfo.InvariantCulture, Format, arguments);
        }
        catch (FormatException)
        {
            // A log line must not fail its writer.
            return Unformatted();
        }
    }
}

/// <summary>Publishes on a bus, if the bus takes that level.</summary>
internal sealed class BusLogging(LoggingBus bus, string source, Type logClass) : ILoggingAdapter
{
    public bool IsDebugEnabled => IsEnabled(LogLevel.DebugLevel);

    public bool IsInfoEnabled => IsEnabled(LogLevel.InfoLevel);

    public bool IsWarningEnabled => IsEnabled(LogLevel.WarningLevel);

    public bool IsErrorEnabled => IsEnabled(LogLevel.ErrorLevel);

    public bool IsEnabled(LogLevel logLevel) => logLevel >= bus.LogLevel;

    public void Log(LogLevel logLevel, Exception? cause, string format) => Publish(logLevel, cause, format);

    public void Log(LogLevel logLevel, Exception? cause, LogMessage message) => Publish(logLevel, cause, message);

    private void Publish(LogLevel level, Exception? cause, object message)
    {
        if (!IsEnabled(level)) return;
        bus.Publish(level switch
        {
            LogLevel.DebugLevel => new Debug(cause, source, logClass, message),
            LogLevel.InfoLevel => new Info(cause, source, logClass, message),
            LogLevel.WarningLevel => new Warning(cause, source, logClass, message),
            _ => new Error(cause, source, logClass, message),
        });
    }
}
