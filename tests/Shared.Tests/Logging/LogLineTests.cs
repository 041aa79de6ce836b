using System.Text.Json;
using MiniBatch.Shared.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace MiniBatch.Shared.Tests.Logging;

/// <summary>What a line of a log is made of.</summary>
public class LogLineTests
{
    [Fact]
    public void Line_has_time_message_level_and_the_event_s_number_and_name()
    {
        var line = Written(log => NodeEvents.WorkerLost.Write(log, "{worker:l} is gone", "worker-2"));
        Assert.Matches(
            """^\{"@t":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z","@m":"worker-2 is gone","@i":"[0-9a-f]{8}","@l":"Warning","worker":"worker-2","event":"worker-lost","eventId":204,"source":"membership","node":"n"\}\r?\n$""",
            line);
    }

    [Fact]
    public void Event_that_is_repeated_is_a_debug_event()
    {
        var line = Written(log => NodeEvents.SlotLate.WriteAgain(log, "late"));
        Assert.Equal((LogEventLevel.Debug, "slot-late"), (LogLine.Parse(line)!.Level, LogLine.Parse(line)!.Event));
    }

    [Fact]
    public void Values_keep_their_kinds()
    {
        var json = Json(log => NodeEvents.Progress.Write(
            log, "{whole} {big} {share} {none} {flag} {notFinite} {list} {@parts}",
            1, ulong.MaxValue, 0.5, null, true, double.NaN, new[] { 1, 2 }, new { Limit = 3, Nested = new { Word = "a\nb" } }));
        Assert.Equal((1, ulong.MaxValue, 0.5), (json.GetProperty("whole").GetInt32(), json.GetProperty("big").GetUInt64(), json.GetProperty("share").GetDouble()));
        Assert.Equal(JsonValueKind.Null, json.GetProperty("none").ValueKind);
        Assert.True(json.GetProperty("flag").GetBoolean());
        Assert.Equal("NaN", json.GetProperty("notFinite").GetString());
        Assert.Equal([1, 2], json.GetProperty("list").EnumerateArray().Select(element => element.GetInt32()));
        Assert.Equal(3, json.GetProperty("parts").GetProperty("Limit").GetInt32());
        Assert.Equal("a\nb", json.GetProperty("parts").GetProperty("Nested").GetProperty("Word").GetString());
    }

    [Fact]
    public void Line_is_one_line_whatever_is_in_it()
    {
        var line = Written(log => NodeEvents.ProcessWrote.Write(log, "{line:l}", "a\r\nb\t\"c\" \u001b[31m \u2028 ü"));
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', line);
        Assert.Equal("a\r\nb\t\"c\" \u001b[31m \u2028 ü", LogLine.Parse(line)!.Message);
    }

    [Fact]
    public void Exception_is_kept_with_its_stack()
    {
        var line = Written(log => NodeEvents.ExchangeFailed.Write(log, new InvalidOperationException("broken"), "it failed"));
        Assert.Contains("System.InvalidOperationException: broken", LogLine.Parse(line)!.Exception);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"@t\":\"2026-11-21T11:35:52.9720411Z\",\"@l\":\"Warn")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"@t\":\"now\",\"@l\":\"Warning\",\"event\":\"a\",\"node\":\"b\",\"@m\":\"c\"}")]
    [InlineData("{\"@t\":\"2026-11-21T11:35:52Z\",\"@l\":\"Loud\",\"event\":\"a\",\"node\":\"b\",\"@m\":\"c\"}")]
    [InlineData("{\"Timestamp\":\"2026-11-21T11:35:52Z\",\"Level\":\"Warning\",\"RenderedMessage\":\"of an older version\"}")]
    public void Half_a_line_and_strangers_lines_are_none(string line) => Assert.Null(LogLine.Parse(line));

    private static JsonElement Json(Action<ILogger> write) => JsonDocument.Parse(Written(write)).RootElement;

    private static string Written(Action<ILogger> write)
    {
        var kept = new Kept();
        using (var log = new LoggerConfiguration().MinimumLevel.Debug().Enrich.WithProperty("node", "n").WriteTo.Sink(kept).CreateLogger()) write(log);
        var line = new StringWriter();
        NodeLog.Json.Format(Assert.Single(kept.Events), line);
        return line.ToString();
    }

    private sealed class Kept : ILogEventSink
    {
        public List<LogEvent> Events { get; } = [];

        public void Emit(LogEvent logEvent) => Events.Add(logEvent);
    }
}
