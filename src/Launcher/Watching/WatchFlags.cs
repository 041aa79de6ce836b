using System.CommandLine;
using MiniBatch.Shared.CommandLine;

namespace MiniBatch.Launcher.Watching;

/// <summary>The flags of the live page.</summary>
public sealed class WatchFlags
{
    private readonly Option<bool> _watch = Flag.Switch("--watch", "serve a page of the run on this machine and print its link: see it happen, slow it down, break it [off: a script has nobody to look]");
    private readonly Option<TimeSpan?> _linger = Flag.Duration("--watch-linger", "how long the page stays when the run is over, 0s for scripts [until Ctrl+C: somebody is looking]");

    private readonly Option<double?> _pace = Flag.Number("--watch-pace", "steps a second until the page says otherwise, 0 to wait for it [full speed: a run of a few steps is over before its page is open]", zeroAllowed: true);

    /// <summary>Where the page is served.</summary>
    public static Option<int?> CreatePort() => Flag.Port("--watch-port", "port of the page, on 127.0.0.1, 0 for any that is free [0: the link has it]");

    /// <summary>Where the page is served.</summary>
    public Option<int?> Port { get; } = CreatePort();

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command) => command.AddFlags(HelpHeading.Said, _watch, Port, _pace, _linger);

    /// <summary>Whether there is to be a page.</summary>
    public bool IsOn(ParseResult parsed) => parsed.GetValue(_watch) || parsed.GetValue(Port) is not null || Pace(parsed) is not null || parsed.GetValue(_linger) is not null;

    /// <summary>Steps a second at first; null for full speed.</summary>
    public double? Pace(ParseResult parsed) => parsed.GetValue(_pace);

    /// <summary>How long it stays; null for until Ctrl+C.</summary>
    public TimeSpan? Linger(ParseResult parsed) => parsed.GetValue(_linger);
}
