using Akka.Actor;
using Akka.Event;
using Serilog;
using Serilog.Events;

namespace MiniBatch.Shared.Logging;

/// <summary>
/// The logger that Akka is configured with: passes the engine's own events to Serilog. Holds nothing; a restart loses
/// nothing.
/// </summary>
public sealed class AkkaToSerilog : ReceiveActor
{
    /// <summary>One behaviour for the whole life.</summary>
    public AkkaToSerilog()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<Akka.Event.LogEvent>(Write);
    }

    private static void Write(Akka.Event.LogEvent e) => Log.Logger
        .ForContext("source", e.LogSource)
        .Write(LevelOf(e.LogLevel()), e.Cause, "akka: {AkkaMessage:l}", e.Message?.ToString());

    private static LogEventLevel LevelOf(LogLevel level) => level switch
    {
        LogLevel.DebugLevel => LogEventLevel.Debug,
        LogLevel.InfoLevel => LogEventLevel.Debug,   // joins and leaves: the program says them itself, better
        LogLevel.WarningLevel => LogEventLevel.Warning,
        _ => LogEventLevel.Error,
    };
}
