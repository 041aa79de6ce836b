using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace MiniBatch.Processes.Harness;

/// <summary>
/// Hears of each file that is made in a folder within microseconds, also on a machine with far more to do than it has cores: on a
/// thread that goes before all others, where this user may have one. <see cref="FileSystemWatcher"/> waits for its turn.
/// </summary>
internal sealed partial class QuickWatcher : IDisposable
{
    private readonly int _events;
    private readonly int _watch;
    private readonly Thread _thread;

    /// <summary>Begins to watch.</summary>
    /// <param name="folder">Exists.</param>
    /// <param name="made">Given each new file's path; called on the thread.</param>
    public QuickWatcher(string folder, Action<string> made)
    {
        _events = Create(CloseOnExec);
        _watch = Add(_events, folder, Made);
        if (_watch < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        _thread = new Thread(() => Read(folder, made)) { IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _ = Remove(_events, _watch);   // the last event
        _thread.Join();
        _ = Close(_events);
    }

    private void Read(string folder, Action<string> made)
    {
        _ = SetScheduler(ThisThread, FirstInFirstOut, LowestOfThese);
        var buffer = new byte[4096];
        while (true)
        {
            var length = (int)Read(_events, ref buffer[0], (nuint)buffer.Length);
            for (var at = 0; at < length;)
            {
                // int watch, uint what, uint cookie, uint bytes of the name; the name, with zeros behind it.
                var entry = buffer.AsSpan(at);
                var what = BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]);
                var nameBytes = BinaryPrimitives.ReadInt32LittleEndian(entry[12..]);
                if ((what & Ended) != 0) return;
                made(Path.Combine(folder, Encoding.UTF8.GetString(entry.Slice(16, nameBytes)).TrimEnd('\0')));
                at += 16 + nameBytes;
            }
        }
    }

    private const int CloseOnExec = 0x80000;
    private const uint Made = 0x100;
    private const uint Ended = 0x8000;
    private const int ThisThread = 0;
    private const int FirstInFirstOut = 1;
    private static readonly int LowestOfThese = 1;

    [LibraryImport("libc", EntryPoint = "inotify_init1")]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Add(int events, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "inotify_rm_watch")]
    private static partial int Remove(int events, int watch);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int file, ref byte buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int thread, int policy, in int parameters);
}
