using System.Globalization;
using MiniBatch.Shared.Runs;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Json;

namespace MiniBatch.Shared.Logging;

/// <summary>
/// A node's log: for people on the console, one JSON object a line in <c>logs/&lt;node&gt;.jsonl</c>. Every event carries run,
/// node and role; those that belong to a step or an epoch carry these too.
/// </summary>
public static class NodeLog
{
    /// <summary>Opens the log and makes it Serilog's <see cref="Log.Logger"/>.</summary>
    /// <param name="role">"coordinator", "worker" or "supervisor".</param>
    /// <param name="node">The node's name; also the file's.</param>
    /// <param name="run">The run, where it is known yet.</param>
    /// <param name="logDirectory">Where to write the JSON lines; null for none.</param>
    /// <param name="consoleLevel">The least level that people see.</param>
    /// <param name="console">Where people's lines go; null writes to standard output.</param>
    /// <param name="verbose">Whether people see debug events too.</param>
    public static Logger Open(
        string role, string node, RunId? run, string? logDirectory, LogEventLevel consoleLevel = LogEventLevel.Information,
        ILogEventSink? console = null, bool verbose = false)
    {
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Debug()   // the file keeps all of it; people see what they asked for
            .Enrich.WithProperty("role", role)
            .Enrich.WithProperty("node", node);
        if (run is { } id) configuration.Enrich.WithProperty("run", id.Value);
        if (console is not null) configuration.WriteTo.Sink(console, verbose ? LogEventLevel.Debug : consoleLevel);
        else
            configuration.WriteTo.Console(
                verbose ? LogEventLevel.Debug : consoleLevel, "{Timestamp:HH:mm:ss} {Level:u3} {node}: {Message:lj}{NewLine}",
                CultureInfo.InvariantCulture, standardErrorFromLevel: LogEventLevel.Error);
        if (logDirectory is not null)
            configuration.WriteTo.Sink(new LogFile(Path.Combine(logDirectory, $"{node}.jsonl"), new JsonFormatter(renderMessage: true)));
        var logger = configuration.CreateLogger();
        Log.Logger = logger;
        return logger;
    }
}
