using System.Globalization;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using Serilog.Events;

namespace MiniBatch.Launcher.Logs;

/// <summary>Which lines of a run's log a person asked for.</summary>
/// <param name="Nodes">Of these nodes; null for all.</param>
/// <param name="Events">These events, by name; null for all.</param>
/// <param name="Level">From this level on.</param>
public sealed record LogFilter(IReadOnlySet<string>? Nodes, IReadOnlySet<string>? Events, LogEventLevel Level)
{
    /// <summary>Reads what was typed.</summary>
    /// <param name="nodes">Nodes' names, apart by commas; null for all.</param>
    /// <param name="events">Events' names or numbers, apart by commas; null for all.</param>
    /// <param name="level">Null: what people want to see; of events that are named, all.</param>
    /// <param name="present">The nodes that there are.</param>
    /// <exception cref="UserErrorException">There is no such node or event.</exception>
    public static LogFilter Of(string? nodes, string? events, LogEventLevel? level, IReadOnlyList<string> present) => new(
        nodes?.Split(',').Select(name => present.Contains(name) ? name : throw Usage($"there is no log of a node '{name}'; there are {string.Join(", ", present)}")).ToHashSet(),
        events?.Split(',').Select(Find).ToHashSet(),
        level ?? (events is null ? LogEventLevel.Information : LogEventLevel.Debug));

    /// <summary>Whether to read a node's file.</summary>
    public bool WantsNode(string node) => Nodes?.Contains(node) ?? true;

    /// <summary>Whether to show a line.</summary>
    public bool Wants(LogLine line) => line.Level >= Level && (Events?.Contains(line.Event) ?? true);

    private static string Find(string typed)
    {
        var known = NodeEvents.All.FirstOrDefault(known => known.Name == typed || known.Id.ToString(CultureInfo.InvariantCulture) == typed);
        if (known is not null) return known.Name;
        var words = typed.Split('-').Where(word => word.Length > 2).ToList();
        var alike = NodeEvents.All.Select(other => other.Name).Where(name => words.Any(word => name.Contains(word, StringComparison.Ordinal))).Take(6).ToList();
        throw Usage($"there is no event '{typed}'; {(alike.Count > 0 ? $"there are {string.Join(", ", alike)}, and more" : "all are")} in docs/LOGS.md");
    }

    private static UserErrorException Usage(string message) => new(message, UserErrorException.Usage);
}
