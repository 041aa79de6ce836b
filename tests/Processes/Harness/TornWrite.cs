using System.Collections.Concurrent;
using System.Diagnostics;

namespace MiniBatch.Processes.Harness;

/// <summary>
/// Kills a process in the middle of a file's write: between the moment at which the temporary file is made and the one at which it
/// gets its name, which is some milliseconds, most of them spent waiting for the disk.
/// </summary>
internal static class TornWrite
{
    private static readonly TimeSpan LookAtProcess = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Waits for the temporary file of a new name, stops the process at once, and kills it if that was not too late; else lets it
    /// go on, and waits for the next.
    /// </summary>
    /// <param name="process">Who writes.</param>
    /// <param name="folder">Where; exists.</param>
    /// <param name="limit">Far more than it should take.</param>
    /// <returns>The temporary file, which is there for good.</returns>
    public static string Kill(NodeProcess process, string folder, TimeSpan limit)
    {
        using var made = new BlockingCollection<string>();
        using var watcher = new QuickWatcher(folder, path =>
        {
            if (!path.EndsWith(".tmp", StringComparison.Ordinal)) return;
            process.Send(Signal.Stop);
            made.Add(path);
        });

        for (var clock = Stopwatch.StartNew(); clock.Elapsed < limit && !process.HasExited;)
        {
            if (!made.TryTake(out var temporary, LookAtProcess)) continue;
            WaitUntilItStands(process, limit);
            if (File.Exists(temporary) && !File.Exists(NameOf(temporary)))
            {
                process.Send(Signal.Kill);
                process.WaitForExit(limit);
                return temporary;
            }
            process.Send(Signal.Continue);
        }
        throw new InvalidOperationException($"{process.Name} was never caught in the middle of a write");
    }

    /// <summary>"name" of "name.PROCESS.tmp".</summary>
    private static string NameOf(string temporary) => Path.ChangeExtension(Path.ChangeExtension(temporary, null), null);

    /// <summary>A thread that is in the middle of a system call stops when it comes back from it.</summary>
    private static void WaitUntilItStands(NodeProcess process, TimeSpan limit)
    {
        var stands = SpinWait.SpinUntil(
            () => process.HasExited || Directory.GetDirectories($"/proc/{process.Id}/task").All(IsStopped), limit);
        if (!stands) throw new TimeoutException($"{process.Name} does not stop");
    }

    private static bool IsStopped(string task)
    {
        try
        {
            // "id (name) state …"; the name may hold anything.
            var stat = File.ReadAllText(Path.Combine(task, "stat"));
            return stat[stat.LastIndexOf(')') + 2] == 'T';
        }
        catch (IOException)
        {
            return true;   // the thread has ended
        }
    }
}
