using System.Globalization;
using System.Runtime.InteropServices;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Processes;

/// <summary>The limit of open files that the system sets a process (<c>ulimit -n</c>).</summary>
public static partial class OpenFiles
{
    /// <summary>What a coordinator or worker has open, assemblies included, is about 150; the rest is room for connections.</summary>
    private const ulong Needed = 256;

    private const int NoFile = 7;   // RLIMIT_NOFILE of Linux

    /// <summary>Says at the start what would else be an exception at any place.</summary>
    /// <exception cref="UserErrorException">The limit is too low to run at all.</exception>
    public static void Require()
    {
        // .NET has raised the soft limit to the hard one.
        if (GetLimit(NoFile, out var limit) == 0 && limit.Hard < Needed)
            throw new UserErrorException(string.Create(
                CultureInfo.InvariantCulture, $"at most {limit.Hard} files can be open at a time here, and {Needed} are needed; raise the limit (ulimit -n 1024)"));
    }

    private readonly record struct Limit(ulong Soft, ulong Hard);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limit limit);
}
