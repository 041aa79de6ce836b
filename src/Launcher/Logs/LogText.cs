using System.Globalization;
using MiniBatch.Shared.Logging;
using Serilog.Events;

namespace MiniBatch.Launcher.Logs;

/// <summary>Lines of a log for people: <c>11:35:52.972 WRN coordinator   worker-2 is gone: ConnectionReset</c>.</summary>
/// <param name="zone">Whose time is shown.</param>
/// <param name="colors">Whether loud lines are coloured, and debug events dim.</param>
public sealed class LogText(TimeZoneInfo zone, bool colors)
{
    private const string Reset = "\u001b[0m";

    /// <summary>As wide as the names that a local run has.</summary>
    private const int NodeWidth = 11;

    private DateTime? _day;

    /// <summary>A line; where another day has begun since the one before, a line with its date goes before it.</summary>
    public string Of(LogLine line)
    {
        var time = TimeZoneInfo.ConvertTime(line.Time, zone);
        var day = _day is { } before && before != time.Date ? time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + "\n" : "";
        _day = time.Date;
        var text = string.Create(CultureInfo.InvariantCulture, $"{time:HH:mm:ss.fff} {Short(line.Level)} {line.Node.PadRight(NodeWidth)}  {line.Message}");
        if (line.Exception is { } exception) text += "\n" + exception;
        return day + (colors && Color(line.Level) is { } color ? color + text + Reset : text);
    }

    private static string Short(LogEventLevel level) => level switch
    {
        LogEventLevel.Debug => "DBG",
        LogEventLevel.Information => "INF",
        LogEventLevel.Warning => "WRN",
        _ => "ERR",
    };

    private static string? Color(LogEventLevel level) => level switch
    {
        LogEventLevel.Debug => "\u001b[2m",
        LogEventLevel.Information => null,
        LogEventLevel.Warning => "\u001b[33m",
        _ => "\u001b[31m",
    };
}
