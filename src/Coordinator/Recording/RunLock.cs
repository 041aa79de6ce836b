using System.Globalization;
using MiniBatch.Shared.Files;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.Recording;

/// <summary>
/// One coordinator on a run directory at a time: holds a file lock while the process lives, and counts incarnations. The lock
/// keeps two on one machine apart; the count fences one that was stopped, replaced elsewhere and woken again.
/// </summary>
public sealed class RunLock : IDisposable
{
    /// <summary>What .NET says of a file that another holds: EAGAIN on Linux and macOS, ERROR_SHARING_VIOLATION.</summary>
    private static readonly int[] HeldByAnother = [11, 35, unchecked((int)0x80070020)];

    private readonly IOpenFile _lock;

    /// <summary>Takes the directory and raises its incarnation.</summary>
    /// <exception cref="UserErrorException">Another coordinator holds it, or this one may not write there.</exception>
    public RunLock(RunDirectory directory)
    {
        try
        {
            _lock = directory.Files.Open(directory.Lock, FileMode.OpenOrCreate, FileShare.None);
        }
        catch (IOException e) when (HeldByAnother.Contains(e.HResult))
        {
            throw new UserErrorException($"a coordinator is running on {directory.Root}; wait for it, or end it first", cause: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CantWrite(directory, e);
        }
        try
        {
            Incarnation = Claim(directory);
            AtomicFile.Write(directory.Files, directory.Incarnation, System.Text.Encoding.ASCII.GetBytes(Incarnation.ToString()));
            // In this order: whoever was in the middle of a write and is woken finds out at one or the other.
            RemoveTemporaries(directory, directory.Root);
            RemoveTemporaries(directory, directory.Checkpoints);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _lock.Dispose();
            throw CantWrite(directory, e);
        }
    }

    /// <summary>This coordinator's.</summary>
    public Incarnation Incarnation { get; }

    /// <summary>Requires that no later coordinator has started on the directory.</summary>
    /// <exception cref="UserErrorException">One has.</exception>
    public static void RequireCurrent(RunDirectory directory, Incarnation incarnation)
    {
        // The number may be behind: two that start at the same time write it in any order.
        var latest = Math.Max(Read(directory), directory.Files.Exists(ClaimOf(directory, incarnation.Value + 1)) ? incarnation.Value + 1 : 0);
        if (latest > incarnation.Value)
            throw new UserErrorException($"a later coordinator (incarnation {latest}) has taken over {directory.Root}; this one ({incarnation}) ends");
    }

    /// <inheritdoc />
    public void Dispose() => _lock.Dispose();

    /// <summary>Takes the next number that nobody has: a file can be made once, by whomever, on whatever machine.</summary>
    private static Incarnation Claim(RunDirectory directory)
    {
        directory.Files.CreateFolder(directory.Incarnations);
        for (var number = Read(directory) + 1; ; number++)
        {
            var claim = ClaimOf(directory, number);
            if (directory.Files.Exists(claim)) continue;
            try
            {
                directory.Files.Open(claim, FileMode.CreateNew, FileShare.None).Dispose();
                return new Incarnation(number);
            }
            catch (IOException) when (directory.Files.Exists(claim))
            {
                // Somebody was faster.
            }
        }
    }

    private static string ClaimOf(RunDirectory directory, long number) => Path.Combine(directory.Incarnations, number.ToString(CultureInfo.InvariantCulture));

    private static void RemoveTemporaries(RunDirectory directory, string folder)
    {
        foreach (var left in directory.Files.List(folder, AtomicFile.TemporarySuffix)) directory.Files.Delete(left);
    }

    private static UserErrorException CantWrite(RunDirectory directory, Exception cause) => new(
        $"can't write in the run directory {directory.Root} ({cause.Message}); make room there, let this user write, or choose another --run-dir", cause: cause);

    private static long Read(RunDirectory directory) =>
        directory.Files.Exists(directory.Incarnation) && long.TryParse(directory.Files.ReadAllBytes(directory.Incarnation), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : 0;
}
