using System.Reflection;
using System.Text.RegularExpressions;
using MiniBatch.Shared.Logging;

namespace MiniBatch.Launcher.Tests;

/// <summary>Every event has its line in docs/LOGS.md and its place in the code, and nothing is logged that is no event.</summary>
public sealed partial class LogCatalogTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(DocsTests.Root, "docs", "LOGS.md"));

    /// <summary>Code that logs: all but the folder that makes logging what it is.</summary>
    private static readonly (string Path, string Text)[] Sources =
    [
        .. Directory.GetFiles(Path.Combine(DocsTests.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .Select(path => (Path.GetRelativePath(DocsTests.Root, path), File.ReadAllText(path))),
    ];

    [Fact]
    public void Document_lists_the_events_that_there_are()
    {
        var listed = EventRows().Matches(Document).Select(row => row.Value);
        var known = NodeEvents.All.Select(known =>
            $"| {known.Id} | `{known.Name}` | {LogLevels.NameOf(known.Level)}{(known.ForMachines ? " ·" : "")} | {known.Meaning} |");
        Assert.Equal(known, listed);
    }

    [Fact]
    public void Document_lists_the_sources_that_there_are()
    {
        var listed = SourceRows().Matches(Document).Select(row => row.Value);
        Assert.Equal(LogSource.All.Select(known => $"| `{known.Name}` | {known.FirstId}–{known.FirstId + LogSource.Ids - 1} | {known.What} |"), listed);
    }

    [Fact]
    public void Numbers_and_names_are_given_once_and_numbers_are_of_the_sources_hundred()
    {
        Assert.Equal(NodeEvents.All.Count, NodeEvents.All.Select(known => known.Id).Distinct().Count());
        Assert.Equal(NodeEvents.All.Count, NodeEvents.All.Select(known => known.Name).Distinct().Count());
        Assert.All(NodeEvents.All, known => Assert.InRange(known.Id, known.Source.FirstId, known.Source.FirstId + LogSource.Ids - 1));
        Assert.All(NodeEvents.All, known => Assert.Matches("^[a-z]+(-[a-z]+)*$", known.Name));
        Assert.All(LogSource.All, source => Assert.Contains(NodeEvents.All, known => known.Source == source));
    }

    [Fact]
    public void Events_are_named_in_the_code_as_in_the_log()
    {
        var fields = typeof(NodeEvents).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.FieldType == typeof(NodeEvent));
        Assert.All(fields, field => Assert.Equal(
            ((NodeEvent)field.GetValue(null)!).Name, Words().Replace(field.Name, "-$1").TrimStart('-').ToLowerInvariant()));
    }

    [Fact]
    public void Every_event_is_logged_somewhere()
    {
        var code = string.Concat(Sources.Where(source => !source.Path.EndsWith("/NodeEvents.cs", StringComparison.Ordinal)).Select(source => source.Text));
        var unused = typeof(NodeEvents).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.FieldType == typeof(NodeEvent))
            .Select(field => $"NodeEvents.{field.Name}").Where(name => !Regex.IsMatch(code, $@"\b{name}\b"));
        Assert.Equal([], unused);
    }

    [Fact]
    public void Nothing_is_logged_that_is_no_event()
    {
        var bypassing = Sources.Where(source => !source.Path.StartsWith("src/Shared/Logging/", StringComparison.Ordinal))
            .SelectMany(source => Bypass().Matches(source.Text).Select(match => $"{source.Path}: {match.Value}"));
        Assert.Equal([], bypassing);
    }

    [GeneratedRegex(@"^\| \d+ \| `.*$", RegexOptions.Multiline)]
    private static partial Regex EventRows();

    [GeneratedRegex(@"^\| `[a-z-]+` \| \d+–\d+ \| .*$", RegexOptions.Multiline)]
    private static partial Regex SourceRows();

    [GeneratedRegex("([A-Z])")]
    private static partial Regex Words();

    /// <summary>Serilog's own methods, and its logger in the open; Console is people's, and Debug is nobody's.</summary>
    [GeneratedRegex(@"\b(\w*[lL]og|\w*[lL]ogger)\.(Verbose|Debug|Information|Warning|Error|Fatal|Write)\(")]
    private static partial Regex Bypass();
}
