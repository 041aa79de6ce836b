using Serilog.Events;

namespace MiniBatch.Shared.Logging;

/// <summary>Reads an event's properties.</summary>
internal static class LogEventProperties
{
    /// <summary>A property that is text; null where it is not there.</summary>
    public static string? Text(this LogEvent logEvent, string name) =>
        logEvent.Properties.TryGetValue(name, out var value) && value is ScalarValue { Value: string text } ? text : null;
}
