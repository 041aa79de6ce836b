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
        if (directory.IsComplete())
            throw new UserErrorException($"the run in {directory.Root} was trained to its end; there is nothing to resume, unless --epochs asks for more");
        // Left by a coordinator that was killed; a worker must not look for it there.
        File.Delete(directory.CoordinatorAddress);
        return directory;
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
