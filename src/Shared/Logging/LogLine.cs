using System.Globalization;
using System.Text.Json;
using Serilog.Events;

namespace MiniBatch.Shared.Logging;

/// <summary>A line of a log, as it is read (<see cref="NodeLog.Json"/> writes it).</summary>
/// <param name="Time">When it happened, by the clock of the node's machine.</param>
/// <param name="Level">How loud.</param>
/// <param name="Event">The event's name.</param>
/// <param name="Node">Who wrote it.</param>
/// <param name="Message">For people.</param>
/// <param name="Exception">With its stack, where the event is about one.</param>
public sealed record LogLine(DateTimeOffset Time, LogEventLevel Level, string Event, string Node, string Message, string? Exception = null)
{
    /// <summary>The property that has the level; a line without it is information.</summary>
    public const string LevelProperty = "@l";

    /// <summary>Reads a line; null where it is none of ours, or not whole: whoever wrote it was killed, or is at it.</summary>
    public static LogLine? Parse(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            return new LogLine(
                DateTimeOffset.Parse(Text("@t"), CultureInfo.InvariantCulture),
                Optional(LevelProperty) is { } level ? Enum.Parse<LogEventLevel>(level) : LogEventLevel.Information,
                Text(NodeEvent.NameProperty), Text("node"), Text("@m"), Optional("@x"));

            string? Optional(string name) => root.TryGetProperty(name, out var value) ? value.GetString() : null;

            string Text(string name) => root.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
