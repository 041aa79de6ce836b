using System.Globalization;
using System.Runtime.InteropServices;

namespace MiniBatch.Processes.Harness;

/// <summary>
/// One thread of another process, held where it is as by a debugger while all others go on: a computation that never comes
/// back, as the outside sees it. It is held until its process ends.
/// </summary>
internal static partial class StuckThread
{
    /// <summary>Holds the thread of this name.</summary>
    /// <returns>False where the system does not let this user.</returns>
    public static bool Hold(int processId, string name)
    {
        var task = Directory.GetDirectories($"/proc/{processId}/task")
            .Single(task => File.ReadAllText(Path.Combine(task, "comm")).Trim() == name);
        var thread = int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture);
        var held = new TaskCompletionSource<bool>();
        // Who holds is a thread, not a process. It waits for the end, too: until it has, the process would not be gone for its parent.
        new Thread(() =>
        {
            held.SetResult(Trace(Seize, thread, 0, 0) == 0 && Trace(Interrupt, thread, 0, 0) == 0 && WaitFor(thread, out _, AnyThread) == thread);
            if (held.Task.Result) _ = WaitFor(thread, out _, AnyThread);
        }) { IsBackground = true }.Start();
        return held.Task.Result;
    }

    private const int Seize = 0x4206;
    private const int Interrupt = 0x4207;
    private const int AnyThread = 0x40000000;

    [LibraryImport("libc", EntryPoint = "ptrace")]
    private static partial nint Trace(nint request, int thread, nint address, nint data);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitFor(int thread, out int status, int options);
}
