using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MiniBatch.Shared.DataPlane.SharedMemory;

/// <summary>
/// Hands a region over a Unix socket, after the handshake: one byte that says whether one comes, with the descriptor of its memory
/// (SCM_RIGHTS, unix(7)), and one byte back that says whether it was taken. Both sides go on without where it was not.
/// </summary>
public static unsafe partial class RegionHandover
{
    private const byte No = 0;
    private const byte Yes = 1;
    private const int SocketLevel = 1;                    // SOL_SOCKET
    private const int Rights = 1;                         // SCM_RIGHTS
    private const int DoNotWait = 0x40;                   // MSG_DONTWAIT
    private const int NoSignal = 0x4000;                  // MSG_NOSIGNAL
    private const int CloseOnExec = 0x40000000;           // MSG_CMSG_CLOEXEC

    /// <summary>The worker's side.</summary>
    /// <param name="socket">A Unix socket, blocking.</param>
    /// <param name="region">What is offered; null for none.</param>
    /// <returns>Whether the server took it.</returns>
    /// <exception cref="HandshakeException">The server does not answer.</exception>
    public static bool Offer(Socket socket, SharedRegion? region)
    {
        if (!Send(socket, region is null ? No : Yes, region?.Memory)) throw new HandshakeException("the connection broke while shared memory was offered");
        return Receive(socket, out var unexpected) switch
        {
            _ when unexpected is not null => throw Unexpected(unexpected),
            Yes => region is not null,
            No => false,
            _ => throw new HandshakeException("no answer about shared memory"),
        };
    }

    /// <summary>The server's side.</summary>
    /// <param name="socket">A Unix socket, blocking.</param>
    /// <returns>The region, mapped, or null where none was offered or it can't be had here.</returns>
    /// <exception cref="HandshakeException">The worker does not say.</exception>
    /// <exception cref="InvalidDataException">What was offered is no region.</exception>
    public static SharedRegion? Take(Socket socket)
    {
        var answer = Receive(socket, out var memory);
        if (answer is not (Yes or No) || answer == Yes != memory is not null)
        {
            memory?.Dispose();
            throw new HandshakeException("no word about shared memory");
        }
        SharedRegion? region = null;
        try
        {
            if (memory is not null) region = SharedRegion.Attach(memory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It can't be mapped here. The socket does as well.
        }
        if (Send(socket, region is null ? No : Yes, memory: null)) return region;
        region?.Dispose();
        throw new HandshakeException("the connection broke while shared memory was taken");
    }

    private static HandshakeException Unexpected(SafeFileHandle handle)
    {
        handle.Dispose();
        return new HandshakeException("the server sent a descriptor");
    }

    private static bool Send(Socket socket, byte word, SafeFileHandle? memory)
    {
        var control = new ControlMessage { Length = (nuint)ControlMessage.UsedBytes, Level = SocketLevel, Type = Rights };
        var vector = new Vector { Start = &word, Length = 1 };
        var message = new Message { Vectors = &vector, VectorCount = 1 };
        var held = false;
        try
        {
            if (memory is not null)
            {
                memory.DangerousAddRef(ref held);
                control.Descriptor = (int)memory.DangerousGetHandle();
                message.Control = &control;
                message.ControlBytes = (nuint)sizeof(ControlMessage);
            }
            return SendMessage(socket.SafeHandle, &message, NoSignal) == 1;
        }
        finally
        {
            if (held) memory!.DangerousRelease();
        }
    }

    /// <returns>The byte, or null where none came.</returns>
    private static byte? Receive(Socket socket, out SafeFileHandle? memory)
    {
        memory = null;
        byte word = 0;
        var control = default(ControlMessage);
        var vector = new Vector { Start = &word, Length = 1 };
        var message = new Message { Vectors = &vector, VectorCount = 1, Control = &control, ControlBytes = (nuint)ControlMessage.UsedBytes };   // room for one descriptor: the kernel drops others
        if (!socket.Poll(Handshake.Limit, SelectMode.SelectRead) || ReceiveMessage(socket.SafeHandle, &message, DoNotWait | CloseOnExec) != 1) return null;
        if (message.ControlBytes >= (nuint)ControlMessage.UsedBytes && control is { Level: SocketLevel, Type: Rights })
            memory = new SafeFileHandle(control.Descriptor, ownsHandle: true);
        return word;
    }

    // msghdr, iovec and cmsghdr as 64-bit Linux has them.

    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public void* Name;
        public uint NameBytes;
        public Vector* Vectors;
        public nuint VectorCount;
        public ControlMessage* Control;
        public nuint ControlBytes;
        public int Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public byte* Start;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ControlMessage
    {
        public nuint Length;
        public int Level;
        public int Type;
        public int Descriptor;

        /// <summary>Without the padding after the descriptor.</summary>
        public static int UsedBytes => sizeof(nuint) + (3 * sizeof(int));
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(SafeSocketHandle socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(SafeSocketHandle socket, Message* message, int flags);
}
