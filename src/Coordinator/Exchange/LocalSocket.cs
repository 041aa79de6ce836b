using System.Net.Sockets;
using MiniBatch.Shared.Logging;

namespace MiniBatch.Coordinator.Exchange;

/// <summary>
/// A Unix socket for workers on this machine, in a directory that only this user may enter. A coordinator that was killed leaves
/// its directory behind; the next one that starts removes it, and never that of one that lives, which holds a lock in it.
/// </summary>
public sealed class LocalSocket : IDisposable
{
    /// <summary>What the directories' names begin with.</summary>
    public const string DirectoryPrefix = "minibatch-socket-";

    private const string SocketName = "data.sock";
    private const string LockName = "lock";

    private readonly DirectoryInfo _directory;
    private readonly FileStream _lock;

    private LocalSocket(DirectoryInfo directory, FileStream @lock, Socket listening)
    {
        _directory = directory;
        _lock = @lock;
        Listening = listening;
    }

    /// <summary>Accepts connections.</summary>
    public Socket Listening { get; }

    /// <summary>Where it is.</summary>
    public string Path => System.IO.Path.Combine(_directory.FullName, SocketName);

    /// <summary>Makes one in the temporary folder, after what dead coordinators left there is removed.</summary>
    /// <param name="backlog">Connections that may wait.</param>
    /// <returns>Null where this system has none, or no temporary folder that can be written to: workers take TCP.</returns>
    public static LocalSocket? Listen(int backlog)
    {
        if (!Socket.OSSupportsUnixDomainSockets || OperatingSystem.IsWindows()) return null;
        DirectoryInfo? directory = null;
        FileStream? held = null;
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            RemoveLeftovers(System.IO.Path.GetTempPath());
            // A path in the run directory could be longer than the 108 bytes that a socket's address has.
            directory = Directory.CreateTempSubdirectory(DirectoryPrefix);
            File.SetUnixFileMode(directory.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            held = Hold(directory.FullName, FileMode.CreateNew);
            socket.Bind(new UnixDomainSocketEndPoint(System.IO.Path.Combine(directory.FullName, SocketName)));
            socket.Listen(backlog);
            return new LocalSocket(directory, held, socket);
        }
        catch (Exception e) when (e is SocketException or ArgumentOutOfRangeException or IOException or UnauthorizedAccessException)
        {
            NodeEvents.LocalSocketMissing.Write("no Unix socket for local workers ({problem:l}); they take TCP", e.Message);
            socket.Dispose();
            held?.Dispose();
            if (directory is not null) Remove(directory.FullName);
            return null;
        }
    }

    /// <summary>Removes the directories of coordinators that are dead: those whose lock can be had.</summary>
    /// <param name="folder">Where to look.</param>
    public static void RemoveLeftovers(string folder)
    {
        foreach (var directory in Directory.GetDirectories(folder, DirectoryPrefix + "*"))
        {
            try
            {
                // One without a lock is just being made. A process id instead of a lock would be another's in a container.
                using var held = Hold(directory, FileMode.Open);
                Remove(directory);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Its coordinator lives, or is another user's.
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Listening.Dispose();
        Remove(_directory.FullName);
        _lock.Dispose();
    }

    private static FileStream Hold(string directory, FileMode mode) =>
        new(System.IO.Path.Combine(directory, LockName), mode, FileAccess.ReadWrite, FileShare.None);

    /// <summary>By name, not with all that is in it: the temporary folder is everybody's.</summary>
    private static void Remove(string directory)
    {
        try
        {
            File.Delete(System.IO.Path.Combine(directory, SocketName));
            File.Delete(System.IO.Path.Combine(directory, LockName));
            Directory.Delete(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A leftover in the temporary directory is nobody's harm.
        }
    }
}
