using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.CommandLine;

/// <summary>Folders that a flag names and that are written to while a run goes on.</summary>
public static class OutputFolder
{
    /// <summary>A file system's usual block: a disk that is full takes an empty file.</summary>
    private const int ProbeBytes = 4096;

    /// <summary>Makes the folder, and writes a file to it that is removed again: what can't be written is said before the run begins.</summary>
    /// <param name="flag">Its name.</param>
    /// <param name="path">What it was given.</param>
    /// <exception cref="UserErrorException">The folder can't be made or written to.</exception>
    public static void Require(string flag, string path)
    {
        var probe = Path.Combine(path, $".minibatch-{Environment.ProcessId}");
        try
        {
            Directory.CreateDirectory(path);
            try
            {
                File.WriteAllBytes(probe, new byte[ProbeBytes]);
            }
            finally
            {
                File.Delete(probe);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{flag} {path}: can't be written to ({e.Message.TrimEnd('.')}); choose another folder, or make room there", cause: e);
        }
    }
}
