using System.CommandLine;
using System.Diagnostics;
using System.Text;
using MiniBatch.Graphics.Images;
using MiniBatch.Launcher.Logs;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using Serilog.Events;

namespace MiniBatch.Launcher.Commands;

/// <summary><c>logs</c>: what all nodes of a run logged, as one story by time; with <c>--follow</c> while it happens.</summary>
public static class LogsCommand
{
    /// <summary>How often a growing file is looked at.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a line waits for an earlier one of another node: processes write theirs at once.</summary>
    private static readonly TimeSpan Hold = TimeSpan.FromMilliseconds(300);

    /// <summary>A run that is written down, and whose nodes have been quiet for so long, is over.</summary>
    private static readonly TimeSpan EndQuiet = TimeSpan.FromSeconds(1);

    /// <summary>Lines are written together, up to about so many characters.</summary>
    private const int BatchChars = 1 << 16;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var run = Flag.PathArgument("run-dir", "the directory of a run, under way or over");
        var follow = Flag.Switch("--follow", "go on until the run is over and written down, or Ctrl+C [off: what there is by now]");
        var node = Flag.Text("--node", "of these nodes alone, apart by commas: coordinator,worker-1 [all: one story]", "N");
        var events = Flag.Text("--event", "these events alone, by name or number, apart by commas; docs/LOGS.md lists them [all: one story]", "E");
        var level = Flag.Choice(
            "--level", "from this level on [information: what people want to see; debug where --event names what to show]",
            [.. LogLevels.All.Select(known => (LogLevels.NameOf(known), known))]);
        var json = Flag.Switch("--json", "the lines as the files have them [off: text for people]");
        var command = new Command("logs", "Shows what the nodes of a run logged, merged by time.") { run, follow, node, events, level, json };
        command.SetAction(parsed =>
        {
            var directory = new RunDirectory(parsed.GetValue(run)!);
            var nodes = MergedLog.NodesIn(directory.Logs);
            if (nodes.Count == 0)
            {
                throw new UserErrorException(
                    Directory.Exists(directory.Root) ? $"{directory.Root} holds no logs (logs/*.jsonl); name a directory that a run has left" : $"there is no directory {directory.Root}",
                    UserErrorException.Usage);
            }
            var filter = LogFilter.Of(parsed.GetValue(node), parsed.GetValue(events), parsed.GetValue(level), nodes);
            using var log = new MergedLog(directory.Logs, filter.WantsNode, line => Console.Error.WriteLine($"minibatch: {line}"));
            var text = new LogText(TimeZoneInfo.Local, TerminalPicture.HasColors);
            Func<FoundLine, string> show = parsed.GetValue(json) ? line => line.Raw : line => text.Of(line.Read);
            if (parsed.GetValue(follow)) Follow(directory, Written);
            else Written(TimeSpan.Zero, TimeSpan.Zero);
            log.Finish();

            // Whether there was anything, wanted or not.
            bool Written(TimeSpan now, TimeSpan hold)
            {
                var any = false;
                var batch = new StringBuilder();
                foreach (var line in log.Read(now, hold))
                {
                    any = true;
                    if (filter.Wants(line.Read)) batch.Append(show(line)).Append('\n');
                    if (batch.Length >= BatchChars) Flush(batch);
                }
                Flush(batch);
                return any;
            }
        });
        return command;
    }

    private static void Flush(StringBuilder batch)
    {
        Console.Out.Write(batch);
        batch.Clear();
    }

    private static void Follow(RunDirectory directory, Func<TimeSpan, TimeSpan, bool> written)
    {
        var clock = Stopwatch.StartNew();
        var lastNews = TimeSpan.Zero;
        var isFirst = true;
        while (true)
        {
            var isOver = File.Exists(directory.Summary);
            // What is there already needs not wait: nobody writes it any more, but for its end. Quiet from before the end was seen
            // does not count: the last lines are still on hold then.
            if (written(clock.Elapsed, isFirst ? TimeSpan.Zero : Hold) || !isOver) lastNews = clock.Elapsed;
            isFirst = false;
            if (isOver && clock.Elapsed - lastNews >= EndQuiet) return;
            Thread.Sleep(LookInterval);
        }
    }
}
