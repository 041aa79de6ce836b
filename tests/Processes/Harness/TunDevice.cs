using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace MiniBatch.Processes.Harness;

/// <summary>A network interface whose packets this process reads and writes (Linux's TUN): IP packets, one a call.</summary>
internal sealed partial class TunDevice : IDisposable
{
    private const int ReadWrite = 2;
    private const uint SetInterface = 0x400454ca;   // TUNSETIFF
    private const short PacketsAlone = 0x1001;      // IFF_TUN | IFF_NO_PI
    private const int NameLength = 16;
    private const int RequestLength = 40;           // struct ifreq
    private const short Readable = 1;               // POLLIN

    private readonly int _file;

    /// <summary>Makes an interface, which lasts until this is disposed, wherever it is moved.</summary>
    /// <param name="name">At most 15 characters.</param>
    /// <exception cref="Win32Exception">There is no TUN here, or not for this user.</exception>
    public TunDevice(string name)
    {
        _file = Require(Open("/dev/net/tun", ReadWrite));
        var request = new byte[RequestLength];
        Encoding.ASCII.GetBytes(name, request.AsSpan(0, NameLength - 1));
        BinaryPrimitives.WriteInt16LittleEndian(request.AsSpan(NameLength), PacketsAlone);
        if (Control(_file, SetInterface, request) >= 0) return;
        var error = new Win32Exception(Marshal.GetLastPInvokeError());
        Dispose();
        throw error;
    }

    /// <summary>Waits for a packet that the machine sends.</summary>
    /// <returns>Its bytes; 0 where none came in time, or the interface is down.</returns>
    public int Read(Span<byte> packet, TimeSpan patience)
    {
        var waited = new PollRequest { File = _file, Events = Readable };
        if (Poll(ref waited, 1, (int)patience.TotalMilliseconds) <= 0) return 0;
        return Math.Max(0, (int)Read(_file, ref MemoryMarshal.GetReference(packet), packet.Length));
    }

    /// <summary>Gives the machine a packet, which is lost where the interface is down.</summary>
    public void Write(ReadOnlySpan<byte> packet) => Write(_file, ref MemoryMarshal.GetReference(packet), packet.Length);

    public void Dispose() => Close(_file);

    private static int Require(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

    [StructLayout(LayoutKind.Sequential)]
    private struct PollRequest
    {
        public int File;
        public short Events;
        public short Found;
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int file, nuint request, byte[] argument);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollRequest file, nuint files, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int file, ref byte buffer, nint length);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(int file, ref byte buffer, nint length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}
