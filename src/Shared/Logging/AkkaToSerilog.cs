using Akka.Actor;
using Akka.Event;
using Serilog;

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

    private static void Write(Akka.Event.LogEvent e) => EventOf(e.LogLevel())
        .Write(Log.Logger.ForContext("actor", e.LogSource), e.Cause, "akka: {message:l}", e.Message?.ToString());

    private static NodeEvent EventOf(LogLevel level) => level switch
    {
        LogLevel.DebugLevel => NodeEvents.EngineSaid,
        LogLevel.InfoLevel => NodeEvents.EngineSaid,   // joins and leaves: the program says them itself, better
        LogLevel.WarningLevel => NodeEvents.EngineWarned,
        _ => NodeEvents.EngineFailed,
    };
}
