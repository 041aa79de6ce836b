using System.Globalization;
using Serilog.Events;

namespace MiniBatch.Shared.Logging;

/// <summary>From which level on events are shown: one level, and others for single sources.</summary>
/// <param name="Usual">Of every source that has none of its own.</param>
/// <param name="OfSources">By the source's name.</param>
public sealed record LogLevels(LogEventLevel Usual, IReadOnlyDictionary<string, LogEventLevel> OfSources)
{
    /// <summary>The levels that there are, the loudest last.</summary>
    public static IReadOnlyList<LogEventLevel> All { get; } = [LogEventLevel.Debug, LogEventLevel.Information, LogEventLevel.Warning, LogEventLevel.Error];

    /// <summary>One level for all.</summary>
    public static LogLevels From(LogEventLevel level) => new(level, new Dictionary<string, LogEventLevel>());

    /// <summary>What levels are called.</summary>
    public static string Names => string.Join(", ", All.Select(NameOf));

    /// <summary>A level as it is typed and shown: "warning".</summary>
    public static string NameOf(LogEventLevel level) => level.ToString().ToLower(CultureInfo.InvariantCulture);

    /// <summary>A level by its name.</summary>
    public static LogEventLevel? Find(string name) =>
        All.Where(level => NameOf(level) == name).Select(level => (LogEventLevel?)level).FirstOrDefault();

    /// <summary>Reads "warning", "information,akka=warning" or "membership=debug".</summary>
    /// <param name="text">Levels, apart by commas; at most one without a source.</param>
    /// <param name="usual">The level of all sources that the text does not name.</param>
    /// <exception cref="FormatException">What is wrong with it.</exception>
    public static LogLevels Parse(string text, LogEventLevel usual)
    {
        LogEventLevel? all = null;
        var ofSources = new Dictionary<string, LogEventLevel>();
        foreach (var part in text.Split(','))
        {
            var words = part.Split('=');
            var level = Find(words[^1]) ?? throw new FormatException($"'{words[^1]}' is no level; there are {Names}");
            if (words.Length == 1)
            {
                if (all is not null) throw new FormatException("it has two levels without a source; give one, and others as source=level");
                all = level;
            }
            else
            {
                var name = string.Join('=', words[..^1]);
                if (LogSource.All.All(source => source.Name != name))
                    throw new FormatException($"'{name}' is no source; there are {string.Join(", ", LogSource.All.Select(source => source.Name))}");
                if (!ofSources.TryAdd(name, level)) throw new FormatException($"it has two levels for {name}; give one");
            }
        }
        return new LogLevels(all ?? usual, ofSources);
    }

    /// <summary>Whether an event is loud enough for its source.</summary>
    public bool Shows(LogEvent logEvent) => logEvent.Level >= Of(logEvent.Text(NodeEvent.SourceProperty));

    /// <summary>As it is typed.</summary>
    public override string ToString() =>
        string.Join(',', OfSources.Select(known => $"{known.Key}={NameOf(known.Value)}").Prepend(NameOf(Usual)));

    private LogEventLevel Of(string? source) => source is not null && OfSources.TryGetValue(source, out var level) ? level : Usual;
}
