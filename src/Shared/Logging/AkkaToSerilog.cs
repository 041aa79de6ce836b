using System.Net.Sockets;
using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using MiniBatch.Shared.Protocol;
using Serilog;
using AkkaEvent = Akka.Event.LogEvent;

namespace MiniBatch.Shared.Logging;

/// <summary>
/// The logger that Akka is configured with: passes the engine's own events to Serilog, and says in our words what somebody can
/// mend. A restart loses which of these were said already.
/// </summary>
public sealed partial class AkkaToSerilog : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    /// <summary>Strangers must not fill the memory.</summary>
    private const int SaidMax = 1000;

    private readonly HashSet<(NodeEvent Event, string About)> _said = [];

    /// <summary>One behaviour for the whole life.</summary>
    public AkkaToSerilog()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<AkkaEvent>(Write);
    }

    /// <summary>What an event of the engine is logged as.</summary>
    /// <param name="level">The engine's level.</param>
    /// <param name="type">The type that logged it.</param>
    /// <param name="source">The part or the actor that it is about.</param>
    public static NodeEvent EventOf(LogLevel level, Type type, string source) => level switch
    {
        // A node that goes, or can't be reached, is news to a dozen places in the engine. The program says it once, in its own words.
        LogLevel.WarningLevel or LogLevel.ErrorLevel when IsAboutNodes(type, source) => NodeEvents.EngineSaid,
        LogLevel.WarningLevel => NodeEvents.EngineWarned,
        LogLevel.ErrorLevel => NodeEvents.EngineFailed,
        _ => NodeEvents.EngineSaid,
    };

    /// <summary>Says in our words what somebody can mend: a name that is not this node's, a stranger on the port.</summary>
    /// <param name="message">The engine's.</param>
    /// <param name="cause">The exception that came with it.</param>
    /// <returns>The event, the address that it is about, the line; null where it is neither.</returns>
    public static (NodeEvent Event, string About, string Words)? Translated(string message, Exception? cause)
    {
        if (OtherName().Match(message) is { Success: true } name)
        {
            var (dialled, own) = (name.Groups["dialled"].Value, name.Groups["own"].Value);
            return (NodeEvents.OtherAddress, dialled, $"somebody looks for this node as {dialled}, and it calls itself {own}: join by just that name");
        }
        // A node that is killed resets its connections: that is no stranger.
        if (cause?.GetBaseException() is not (null or SocketException or IOException) && Stranger().Match(message) is { Success: true } stranger)
        {
            var from = stranger.Groups["from"].Value;
            return (NodeEvents.ControlConnectionRefused, from, $"closed a control connection from {from}: {cause.GetBaseException().Message}");
        }
        if (cause?.GetBaseException() is UnsealedMessageException || message.Contains(UnsealedMessageException.Words, StringComparison.Ordinal))
            return (NodeEvents.ControlMessageDropped, "", "dropped a message that was not sealed with this cluster's secret: its sender has another one (MINIBATCH_SECRET), or none");
        if (NoTls().Match(message) is { Success: true } rejected)
        {
            var from = rejected.Groups["from"].Value;
            return (NodeEvents.ControlConnectionRefused, from, $"closed a control connection from {from}: no TLS, or no certificate of this cluster");
        }
        return null;
    }

    private void Write(AkkaEvent e)
    {
        var log = Log.Logger.ForContext("actor", e.LogSource);
        var message = e.Message?.ToString() ?? "";
        EventOf(e.LogLevel(), e.LogClass, e.LogSource).Write(log, e.Cause, "akka: {message:l}", message);
        if (e.LogLevel() < LogLevel.WarningLevel || Translated(message, e.Cause) is not var (known, about, words)) return;
        if (_said.Count < SaidMax && _said.Add((known, about))) known.Write(log, "{what:l}", words);
        else known.WriteAgain(log, "{what:l}", words);
    }

    private static bool IsAboutNodes(Type type, string source) => NodesTypes().IsMatch(type.FullName ?? "") || NodesSources().IsMatch(source);

    [GeneratedRegex(@"^Akka\.(Remote|Cluster)\b")]
    private static partial Regex NodesTypes();

    [GeneratedRegex(@"^remoting\b|^akka://\w+/system/(endpointManager|transports|cluster|remote-watcher)\b")]
    private static partial Regex NodesSources();

    [GeneratedRegex(@"for non-local recipient .* arriving at \[akka\.(ssl\.)?tcp://\w+@(?<dialled>[^\]]*)\] inbound addresses \[akka\.(ssl\.)?tcp://\w+@(?<own>[^\]]*)\]")]
    private static partial Regex OtherName();

    [GeneratedRegex(@"^Error caught channel \[\S*->\[(::ffff:)?(?<from>[^\]]*)\]:\d+\]")]
    private static partial Regex Stranger();

    [GeneratedRegex(@"^Rejected incoming connection from \[\[?(::ffff:)?(?<from>[^\]]*)\]:\d+\] due to TLS")]
    private static partial Regex NoTls();
}
