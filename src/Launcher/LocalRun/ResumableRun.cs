using System.Text.Json;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.LocalRun;

/// <summary>Whether the run that a directory holds can be gone on with; found out before any process is started on it.</summary>
public static class ResumableRun
{
    /// <summary>Opens the directory of a run that was stopped or killed.</summary>
    /// <exception cref="UserErrorException">It holds no run, a complete one, or one that is under way.</exception>
    public static RunDirectory Open(string path)
    {
        var directory = new RunDirectory(Path.GetFullPath(path));
        directory.ReadSpec();
        if (IsInUse(directory))
            throw new UserErrorException($"a coordinator is running on {directory.Root}; wait for it, or end it first");
        if (IsComplete(directory))
            throw new UserErrorException($"the run in {directory.Root} was trained to its end; there is nothing to resume");
        // Left by a coordinator that was killed; a worker must not look for it there.
        File.Delete(directory.CoordinatorAddress);
        return directory;
    }

    /// <summary>Whether the run was trained to its end and written down.</summary>
    public static bool IsComplete(RunDirectory directory)
    {
        try
        {
            // Of the whole summary just this: an older program's may lack what this one's has.
            using var summary = JsonDocument.Parse(File.ReadAllBytes(directory.Summary));
            return summary.RootElement.TryGetProperty("outcome", out var outcome) && outcome.ValueEquals("completed");
        }
        catch (Exception e) when (e is IOException or JsonException or InvalidOperationException or UnauthorizedAccessException)
        {
            return false;   // there is none, or not a whole one
        }
    }

    /// <summary>Whether a coordinator holds the directory; it has the last word, this only spares the start of processes.</summary>
    private static bool IsInUse(RunDirectory directory)
    {
        if (!File.Exists(directory.Lock)) return false;
        try
        {
            using var held = new FileStream(directory.Lock, FileMode.Open, FileAccess.Read, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
