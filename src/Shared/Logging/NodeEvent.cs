using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace MiniBatch.Shared.Logging;

/// <summary>
/// A kind of event that our programs log. Its number and name stay what they are from version to version, so that whoever watches
/// a cluster can build on them; the text of its lines may change. <see cref="NodeEvents"/> has all; nothing is logged but by one.
/// </summary>
/// <param name="Id">Its number, of its source's hundred.</param>
/// <param name="Name">In small letters with hyphens: "worker-lost".</param>
/// <param name="Source">The part of the program that logs it.</param>
/// <param name="Level">How loud it is.</param>
/// <param name="Meaning">One sentence, in <c>docs/LOGS.md</c> too.</param>
/// <param name="ForMachines">Text consoles leave it out, because they show the same in another form: progress, table, last line.</param>
public sealed record NodeEvent(int Id, string Name, LogSource Source, LogEventLevel Level, string Meaning, bool ForMachines = false) : ILogEventEnricher
{
    /// <summary>The property that has <see cref="Name"/>.</summary>
    public const string NameProperty = "event";

    /// <summary>The property that has <see cref="Id"/>.</summary>
    public const string IdProperty = "eventId";

    /// <summary>The property that has the name of <see cref="Source"/>.</summary>
    public const string SourceProperty = "source";

    /// <summary>Logs it with the process's logger.</summary>
    /// <param name="template">The line, with properties: "{worker} is ready".</param>
    /// <param name="values">Their values.</param>
    [MessageTemplateFormatMethod(nameof(template))]
    public void Write(string template, params object?[] values) => Write(Log.Logger, template, values);

    /// <summary>Logs it with the exception that it is about.</summary>
    [MessageTemplateFormatMethod(nameof(template))]
    public void Write(Exception cause, string template, params object?[] values) => Write(Log.Logger, Level, cause, template, values);

    /// <summary>Logs it with what a logger knows: epoch, step, incarnation.</summary>
    [MessageTemplateFormatMethod(nameof(template))]
    public void Write(ILogger log, string template, params object?[] values) => Write(log, Level, null, template, values);

    /// <summary>Logs it with what a logger knows, and with the exception that it is about, where there is one.</summary>
    [MessageTemplateFormatMethod(nameof(template))]
    public void Write(ILogger log, Exception? cause, string template, params object?[] values) => Write(log, Level, cause, template, values);

    /// <summary>Logs it once more, where the first time was loud enough: as a debug event.</summary>
    [MessageTemplateFormatMethod(nameof(template))]
    public void WriteAgain(ILogger log, string template, params object?[] values) => Write(log, LogEventLevel.Debug, null, template, values);

    /// <summary>Has an event carry number, name and source.</summary>
    public void Enrich(LogEvent logEvent)
    {
        logEvent.AddOrUpdateProperty(new LogEventProperty(NameProperty, new ScalarValue(Name)));
        logEvent.AddOrUpdateProperty(new LogEventProperty(IdProperty, new ScalarValue(Id)));
        logEvent.AddOrUpdateProperty(new LogEventProperty(SourceProperty, new ScalarValue(Source.Name)));
    }

    /// <inheritdoc />
    void ILogEventEnricher.Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory) => Enrich(logEvent);

    private void Write(ILogger log, LogEventLevel level, Exception? cause, string template, object?[] values) =>
        log.ForContext(this).Write(level, cause, template, values);
}
