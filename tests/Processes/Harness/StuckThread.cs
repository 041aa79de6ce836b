using System.Globalization;
using System.Runtime.InteropServices;

namespace MiniBatch.Processes.Harness;

/// <summary>
/// One thread of another process, held where it is as by a debugger while all others go on: a computation that never comes
/// back, as the outside sees it. It is held until its process ends.
/// </summary>
internal static partial class StuckThread
{
    /// <summary>
    /// Holds the thread of this name in the middle of the tensor library's code. Held in managed code, it would keep the next
    /// garbage collection from ever beginning, and with it the whole process: a hang, which is another fault.
    /// </summary>
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
            held.SetResult(Trace(Seize, thread, 0, 0) == 0 && StopInLibrary(processId, thread, task));
            if (held.Task.Result) _ = WaitFor(thread, out _, AnyThread);
        }) { IsBackground = true }.Start();
        return held.Task.Result;
    }

    private static bool StopInLibrary(int processId, int thread, string task)
    {
        while (Trace(Interrupt, thread, 0, 0) == 0 && WaitFor(thread, out _, AnyThread) == thread)
        {
            if (IsInLibrary(processId, task)) return true;
            if (Trace(Continue, thread, 0, 0) != 0) return false;
        }
        return false;
    }

    /// <summary>Whether a stopped thread's program counter lies in libtorch or in a library that it computes with.</summary>
    private static bool IsInLibrary(int processId, string task)
    {
        var counter = Hex(File.ReadAllText(Path.Combine(task, "syscall")).Split(' ')[^1].Trim());
        var mapping = File.ReadLines($"/proc/{processId}/maps").FirstOrDefault(line =>
        {
            var range = line.Split(' ', 2)[0].Split('-');
            return Hex(range[0]) <= counter && counter < Hex(range[1]);
        });
        return mapping is not null && Libraries.Any(library => mapping.Contains(library, StringComparison.Ordinal));
    }

    private static ulong Hex(string text) =>
        ulong.Parse(text.StartsWith("0x", StringComparison.Ordinal) ? text[2..] : text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static readonly string[] Libraries = ["torch", "blas", "mkl"];

    private const int Continue = 7;
    private const int Seize = 0x4206;
    private const int Interrupt = 0x4207;
    private const int AnyThread = 0x40000000;

    [LibraryImport("libc", EntryPoint = "ptrace")]
    private static partial nint Trace(nint request, int thread, nint address, nint data);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitFor(int thread, out int status, int options);
}
