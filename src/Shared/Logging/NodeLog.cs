using System.Globalization;
using MiniBatch.Shared.Runs;
using Serilog;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Compact;
using Serilog.Formatting.Json;

namespace MiniBatch.Shared.Logging;

/// <summary>
/// A node's log: on standard output what was asked for, for people or as JSON; everything, one JSON object a line, in
/// <c>logs/&lt;node&gt;.jsonl</c>. Every event carries node, role and run; those that belong to a step or an epoch carry these too.
/// </summary>
public static class NodeLog
{
    /// <summary>An event as one line of JSON, in the layout that collectors of logs know as CLEF: clef-json.org.</summary>
    /// <remarks>The message is written out, so that grep finds what people see.</remarks>
    public static ITextFormatter Json { get; } = new RenderedCompactJsonFormatter(new JsonValueFormatter(typeTagName: null));

    /// <summary>Opens the log and makes it Serilog's <see cref="Log.Logger"/>.</summary>
    /// <param name="role">"coordinator", "worker" or "supervisor".</param>
    /// <param name="node">The node's name; also the file's.</param>
    /// <param name="run">The run, where it is known yet.</param>
    /// <param name="logDirectory">Where to write the file; null for none.</param>
    /// <param name="options">What standard output has.</param>
    /// <param name="people">Where people's lines go; null writes to standard output.</param>
    public static Logger Open(
        string role, string node, RunId? run, string? logDirectory, LogOptions options, ILogEventSink? people = null)
    {
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Debug()   // the file keeps all of it
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)   // but not ten lines for each request of a probe
            .Enrich.With(HostLines.Instance)
            .Enrich.WithProperty("role", role)
            .Enrich.WithProperty("node", node);
        if (run is { } id) configuration.Enrich.WithProperty("run", id.Value);
        configuration.WriteTo.Logger(shown => WriteShown(
            shown.MinimumLevel.Debug().Filter.ByIncludingOnly(options.Levels.Shows), options.Format, people));
        if (logDirectory is not null)
            configuration.WriteTo.Sink(new LogFile(LogFileNames.Current(logDirectory, node), Json, options.FileBytesMax));
        var logger = configuration.CreateLogger();
        Log.Logger = logger;
        return logger;
    }

    /// <summary>Logs the configuration in effect, once a process.</summary>
    /// <param name="options">By name; nothing secret among them.</param>
    public static void SayConfiguration(object options) =>
        NodeEvents.Configured.Write(Log.Logger.ForContext("options", options, destructureObjects: true), "these options are in effect");

    /// <summary>Does a process's work, and has its log end with the error that ends it. Whoever called tells people of it.</summary>
    /// <param name="work">Returns the exit code.</param>
    public static int Guard(Func<int> work)
    {
        try
        {
            return work();
        }
        catch (Exception e)
        {
            NodeEvents.ProcessFailed.Write("{reason:l}", e.Message);
            throw;
        }
    }

    private static void WriteShown(LoggerConfiguration shown, LogFormat format, ILogEventSink? people)
    {
        if (format == LogFormat.Json)
        {
            shown.WriteTo.Console(Json);
            return;
        }
        shown.Filter.ByExcluding(NodeEvents.IsForMachines);
        if (people is not null) shown.WriteTo.Sink(people);
        else
            shown.WriteTo.Console(
                LogEventLevel.Debug, "{Timestamp:HH:mm:ss} {Level:u3} {node}: {Message:lj}{NewLine}",
                CultureInfo.InvariantCulture, standardErrorFromLevel: LogEventLevel.Error);
    }

    /// <summary>What the host and its libraries log is an event of ours too: every line of a log has a number and a name.</summary>
    private sealed class HostLines : ILogEventEnricher
    {
        public static readonly HostLines Instance = new();

        public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
        {
            if (!logEvent.Properties.ContainsKey(NodeEvent.NameProperty)) NodeEvents.HostSaid.Enrich(logEvent);
        }
    }
}
