using System.Runtime.InteropServices;

namespace MiniBatch.Coordinator.Tests.Recording;

internal static class FullDisk
{
    /// <summary>Makes the process's open file one that takes nothing: to whoever writes, the disk is full.</summary>
    public static void Under(string path)
    {
        var open = Directory.GetFiles("/proc/self/fd").Single(fd => new FileInfo(fd).LinkTarget == path);
        using var full = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Assert.NotEqual(-1, Dup2((int)full.DangerousGetHandle(), int.Parse(Path.GetFileName(open))));
    }

    [DllImport("libc", EntryPoint = "dup2")]
    private static extern int Dup2(int from, int to);
}
