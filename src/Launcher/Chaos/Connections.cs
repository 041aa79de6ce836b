using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Chaos;

/// <summary>
/// Shuts connections of other processes down, as a network does that breaks: a copy of the descriptor is shut down, which both ends
/// hear. The kernel allows it to who may trace the process.
/// </summary>
internal static partial class Connections
{
    private const int UnixFamily = 1;
    private const int InternetFamily = 2;
    private const int Internet6Family = 10;
    private const int SocketLevel = 1;
    private const int IsListeningOption = 30;
    private const int PeerOption = 17;
    private const int FamilyOption = 39;
    private const int BothWays = 2;

    /// <summary>Whether this system lets us: tried on a child that does nothing else.</summary>
    public static bool AreOurs()
    {
        using var child = Process.Start(new ProcessStartInfo("sleep", "60"))!;
        try
        {
            using var handle = ProcessHandle.Open(child.Id);
            var copy = handle?.CopyDescriptor(0) ?? -1;
            if (copy >= 0) _ = Close(copy);
            return copy >= 0;
        }
        finally
        {
            child.Kill();
        }
    }

    /// <summary>Shuts one connection between a worker and the coordinator down.</summary>
    /// <param name="worker">Process id of the worker.</param>
    /// <param name="coordinator">Process id of the coordinator.</param>
    /// <param name="address">Where the coordinator listens.</param>
    /// <param name="isData">The one of the data plane; else one between the actor systems.</param>
    /// <returns>False where it has none now.</returns>
    public static bool TryClose(int worker, int coordinator, CoordinatorAddress address, bool isData)
    {
        using var handle = ProcessHandle.Open(worker);
        if (handle is null) return false;
        foreach (var descriptor in SocketsOf(worker))
        {
            var copy = handle.CopyDescriptor(descriptor);
            if (copy < 0) continue;
            var isMeant = Leads(copy, coordinator, isData ? address.DataPort : address.Port, isData);
            var isClosed = isMeant && Shutdown(copy, BothWays) == 0;
            _ = Close(copy);
            if (isClosed) return true;
        }
        return false;
    }

    private static List<int> SocketsOf(int process)
    {
        var sockets = new List<int>();
        try
        {
            foreach (var path in Directory.EnumerateFileSystemEntries($"/proc/{process}/fd"))
            {
                if (new FileInfo(path).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true) sockets.Add(int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has just ended, or closed one of them.
        }
        return sockets;
    }

    /// <summary>Whether a socket is connected to the coordinator: by its process where it is a Unix socket, else by its port.</summary>
    private static bool Leads(int socket, int coordinator, int port, bool isData)
    {
        if (Option(socket, IsListeningOption) is not [0, ..] || Option(socket, FamilyOption) is not { } family) return false;
        return BitConverter.ToInt32(family) switch
        {
            // Only the data plane takes Unix sockets.
            UnixFamily => isData && Option(socket, PeerOption) is { } peer && BitConverter.ToInt32(peer) == coordinator,
            InternetFamily or Internet6Family => PeerPort(socket) == port,
            _ => false,
        };
    }

    private static byte[]? Option(int socket, int option)
    {
        var value = new byte[16];
        var length = value.Length;
        return GetOption(socket, SocketLevel, option, value, ref length) == 0 ? value : null;
    }

    private static int PeerPort(int socket)
    {
        // Of both families the port comes after the two bytes of the family, in the network's order.
        var address = new byte[128];
        var length = address.Length;
        return GetPeer(socket, address, ref length) == 0 && length >= 4 ? BinaryPrimitives.ReadUInt16BigEndian(address.AsSpan(2)) : -1;
    }

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    private static partial int GetOption(int socket, int level, int option, byte[] value, ref int length);

    [LibraryImport("libc", EntryPoint = "getpeername")]
    private static partial int GetPeer(int socket, byte[] address, ref int length);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    private static partial int Shutdown(int socket, int how);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
