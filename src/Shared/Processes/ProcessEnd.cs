using System.Runtime.InteropServices;
using Serilog;

namespace MiniBatch.Shared.Processes;

/// <summary>The end of a process that has loaded libtorch.</summary>
public static partial class ProcessEnd
{
    /// <summary>
    /// Ends the process at once. An ordinary return would run libtorch's destructors while its compute thread, or a finalizer, may
    /// still be in libtorch: "double free or corruption" and SIGABRT, of a worker that has done all it had to.
    /// </summary>
    /// <param name="exitCode">The process's.</param>
    /// <returns>The exit code, on systems without <c>_exit</c>.</returns>
    public static int WithoutDestructors(int exitCode)
    {
        Log.CloseAndFlush();
        Console.Out.Flush();
        Console.Error.Flush();
        if (OperatingSystem.IsLinux()) Exit(exitCode);
        return exitCode;
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int status);
}
