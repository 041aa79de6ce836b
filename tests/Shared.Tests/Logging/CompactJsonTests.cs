using System.Text.Json;
using MiniBatch.Shared.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace MiniBatch.Shared.Tests.Logging;

/// <summary>What a line of a log is made of.</summary>
public class CompactJsonTests
{
    [Fact]
    public void Line_has_time_level_event_and_message_first()
    {
        var line = Written(log => NodeEvents.WorkerLost.Write(log, "{worker:l} is gone", "worker-2"));
        Assert.Matches(
            """^\{"@t":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z","@l":"Warning","@i":204,"event":"worker-lost","source":"membership","node":"n","@m":"worker-2 is gone","worker":"worker-2"\}\n$""",
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
        Assert.Equal(3, json.GetProperty("parts").GetProperty("limit").GetInt32());
        Assert.Equal("a\nb", json.GetProperty("parts").GetProperty("nested").GetProperty("word").GetString());
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
        new CompactJson().Format(Assert.Single(kept.Events), line);
        return line.ToString();
    }

    private sealed class Kept : ILogEventSink
    {
        public List<LogEvent> Events { get; } = [];

        public void Emit(LogEvent logEvent) => Events.Add(logEvent);
    }
}
