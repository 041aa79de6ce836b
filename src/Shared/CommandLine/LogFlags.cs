using System.CommandLine;
using MiniBatch.Shared.Logging;
using Serilog.Events;

namespace MiniBatch.Shared.CommandLine;

/// <summary>
/// The flags that decide what standard output has of the log, of <c>coordinator</c>, <c>worker</c> and <c>train</c>, which passes
/// them on to its coordinator.
/// </summary>
public sealed class LogFlags
{
    /// <summary>As text: the usual level is not the same for all who read it.</summary>
    private readonly Option<string?> _levels = new("--log-level")
    {
        Description = $"from which level on events are shown, {LogLevels.Names}; of single sources too: warning,membership=debug"
            + " [information: what people want to see; the files of a run have all]",
        HelpName = "LEVEL[,SOURCE=LEVEL…]",
    };
    private readonly Option<LogFormat?> _format = Flag.Choice(
        "--log-format", "how standard output has events, progress and summary [text: for people; json: a line an event, for what collects a container's output]",
        ("text", LogFormat.Text), ("json", LogFormat.Json));

    private readonly Option<int?> _fileSize = Flag.Integer(
        "--log-file-size", $"MiB of a node's log file; a full one is set aside as NODE.jsonl.1, .2 and so on, the newest {LogFile.FullKept} are kept [{LogOptions.FileMebibytesDefault}: days of a run, and no disk is filled]", 1, 1 << 20);

    /// <summary>The flags.</summary>
    public LogFlags() => _levels.Validators.Add(result =>
    {
        try
        {
            foreach (var token in result.Tokens) _ = LogLevels.Parse(token.Value, LogEventLevel.Information);
        }
        catch (FormatException e)
        {
            result.AddError($"--log-level {result.Tokens[0].Value}: {e.Message}");
        }
    });

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_levels, _format, _fileSize];

    /// <summary>What every node of a run is told, workers too.</summary>
    public Option OfEveryNode => _fileSize;

    /// <summary>Reads them.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="usual">The level where none is typed, unless <c>--verbose</c> asks for more.</param>
    public LogOptions Read(ParseResult parsed, LogEventLevel usual = LogEventLevel.Information)
    {
        if (parsed.GetValue(CommandHost.Verbose)) usual = LogEventLevel.Debug;
        return new LogOptions(
            parsed.GetValue(_levels) is { } typed ? LogLevels.Parse(typed, usual) : LogLevels.From(usual),
            parsed.GetValue(_format) ?? LogFormat.Text)
        {
            FileBytesMax = (long)(parsed.GetValue(_fileSize) ?? LogOptions.FileMebibytesDefault) << 20,
        };
    }
}
