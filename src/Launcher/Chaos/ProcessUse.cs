using System.Globalization;

namespace MiniBatch.Launcher.Chaos;

/// <summary>What a process has at a moment.</summary>
/// <param name="MemoryMegabytes">Resident.</param>
/// <param name="Handles">Open file descriptors.</param>
/// <param name="Threads">Its threads.</param>
public sealed record ProcessUse(int MemoryMegabytes, int Handles, int Threads)
{
    /// <summary>Of a process; null where it has ended.</summary>
    public static ProcessUse? Of(int id)
    {
        try
        {
            // "123456 2345 …" pages: all, resident.
            var pages = long.Parse(File.ReadAllText($"/proc/{id}/statm").Split(' ')[1], CultureInfo.InvariantCulture);
            return new ProcessUse(
                (int)(pages * Environment.SystemPageSize >> 20),
                Directory.EnumerateFileSystemEntries($"/proc/{id}/fd").Count(),
                Directory.EnumerateDirectories($"/proc/{id}/task").Count());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or IndexOutOfRangeException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The larger of each.</summary>
    public static ProcessUse Max(ProcessUse one, ProcessUse other) => new(
        Math.Max(one.MemoryMegabytes, other.MemoryMegabytes), Math.Max(one.Handles, other.Handles), Math.Max(one.Threads, other.Threads));

    /// <summary>
    /// What is more than in a run that nobody disturbed, or null. Pools of threads and of memory are of slightly other sizes in each
    /// run, and a node that has joined anew a moment ago still has the threads of the actor systems that it left: some seconds, of eight
    /// threads each. What is lost at each fault is more than that after some dozens.
    /// </summary>
    public string? Excess(ProcessUse undisturbed)
    {
        const int MoreHandles = 16;
        const int MoreThreads = 32;
        if (Handles > undisturbed.Handles + MoreHandles) return $"{Handles} handles, and {undisturbed.Handles} undisturbed";
        if (Threads > undisturbed.Threads + MoreThreads) return $"{Threads} threads, and {undisturbed.Threads} undisturbed";
        return MemoryMegabytes > undisturbed.MemoryMegabytes * 3 / 2 + 64
            ? $"{MemoryMegabytes} MB, and {undisturbed.MemoryMegabytes} undisturbed"
            : null;
    }
}
