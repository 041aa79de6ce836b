using System.CommandLine;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Launcher.Watching;
using MiniBatch.LivePage;
using MiniBatch.LivePage.Live;
using MiniBatch.LivePage.Model;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Commands;

/// <summary><c>watch</c>: the live page of a run that is over, or that others run: its steps one by one, its story, its curves; without buttons.</summary>
public static class WatchCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var runDirectory = Flag.PathArgument("run-dir", "the directory of a run, under way or over");
        var port = WatchFlags.CreatePort();
        var linger = Flag.Duration("--watch-linger", "how long the page stays [until Ctrl+C: somebody is looking]");
        var command = new Command("watch", "Opens the live page of a run that is over: any of its steps, who computed what, when.") { runDirectory, port, linger };
        command.SetAction(parsed =>
        {
            var directory = new RunDirectory(Path.GetFullPath(parsed.GetValue(runDirectory)!));
            var spec = directory.ReadSpec();
            if (!File.Exists(directory.Ledger)) throw new UserErrorException($"{directory.Root} has no steps.jsonl: no step of this run was ever made");
            using var link = new LinkToCoordinator();
            using var run = new RunAndModel(link, BuiltPrograms.Find(AppContext.BaseDirectory), directory, isOver: () => true);
            using var page = PageServer.Start(parsed.GetValue(port) ?? 0, new ShownRun(directory, spec, run) { TakesPictures = ModelPictures.HasPictures(spec) });
            Console.WriteLine($"watch it: {page.Link}");
            PageServer.Linger(parsed.GetValue(linger));
            return 0;
        });
        return command;
    }
}
