using MiniBatch.Shared.Logging;
using Serilog.Events;
using Serilog.Parsing;

namespace MiniBatch.Shared.Tests.Logging;

/// <summary>What <c>--log-level</c> takes, and what it lets through.</summary>
public class LogLevelsTests
{
    [Theory]
    [InlineData("warning", "warning")]
    [InlineData("information,akka=error", "information,akka=error")]
    [InlineData("membership=debug", "information,membership=debug")]
    [InlineData("akka=error,debug,data-plane=warning", "debug,akka=error,data-plane=warning")]
    public void Levels_are_read(string text, string levels) =>
        Assert.Equal(levels, LogLevels.Parse(text, LogEventLevel.Information).ToString());

    [Theory]
    [InlineData("loud", "'loud' is no level; there are debug, information, warning, error")]
    [InlineData("", "'' is no level")]
    [InlineData("warning,", "'' is no level")]
    [InlineData("akka=0", "'0' is no level")]
    [InlineData("disk=debug", "'disk' is no source; there are node, coordinator, ")]
    [InlineData("a=akka=debug", "'a=akka' is no source")]
    [InlineData("debug,error", "two levels without a source")]
    [InlineData("akka=debug,akka=error", "two levels for akka")]
    public void Nonsense_is_named(string text, string says) =>
        Assert.Contains(says, Assert.Throws<FormatException>(() => LogLevels.Parse(text, LogEventLevel.Information)).Message, StringComparison.Ordinal);

    [Fact]
    public void Events_are_shown_by_their_sources_level()
    {
        var levels = LogLevels.Parse("warning,membership=debug,akka=error", LogEventLevel.Information);
        Assert.True(levels.Shows(Event(NodeEvents.WorkerAdmitted)));
        Assert.False(levels.Shows(Event(NodeEvents.EngineWarned)));
        Assert.True(levels.Shows(Event(NodeEvents.EngineFailed)));
        Assert.False(levels.Shows(Event(NodeEvents.RunOpened)));
        Assert.True(levels.Shows(Event(NodeEvents.SlotLate)));
    }

    private static LogEvent Event(NodeEvent known)
    {
        var line = new LogEvent(DateTimeOffset.UnixEpoch, known.Level, null, new MessageTemplateParser().Parse("line"), []);
        known.Enrich(line);
        return line;
    }
}
