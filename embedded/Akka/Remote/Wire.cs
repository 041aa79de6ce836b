using System.Buffers.Binary;
using System.Net.Sockets;
using Akka.Actor;

namespace Akka.Remote;

/// <summary>What a frame holds. A frame is: length (int32, little endian, of what follows), kind (byte), body.</summary>
internal enum FrameKind : byte
{
    /// <summary>Connecting side → listening side, once, first.</summary>
    Hello = 1,

    /// <summary>The answer to a hello; nothing else ever goes in this direction.</summary>
    HelloAnswer = 2,

    /// <summary>A message between actors.</summary>
    Message = 3,

    Watch = 4,

    Unwatch = 5,

    Died = 6,

    /// <summary>Membership; the body is the cluster's own.</summary>
    Cluster = 7,
}

/// <summary>An incarnation of a system at an address.</summary>
internal sealed record Node(Address Address, int Uid)
{
    public override string ToString() => $"{Address}#{Uid}";

    public void Write(BinaryWriter to)
    {
        to.Write(Address.ToString());
        to.Write(Uid);
    }

    public static Node Read(BinaryReader from) => new(Address.Parse(from.ReadString()), from.ReadInt32());
}

/// <summary>Connecting side's first words.</summary>
internal sealed record Hello(Node From, Address To)
{
    private const uint Magic = 0x414D_4245; // "EBMA" on the wire: not a word of any other protocol.
    private const ushort Version = 1;

    public void Write(BinaryWriter to)
    {
        to.Write(Magic);
        to.Write(Version);
        From.Write(to);
        to.Write(To.ToString());
    }

    /// <exception cref="InvalidDataException">Another protocol, or another version of this one.</exception>
    public static Hello Read(BinaryReader from)
    {
        if (from.ReadUInt32() != Magic) throw new InvalidDataException("another protocol");
        var version = from.ReadUInt16();
        if (version != Version) throw new InvalidDataException($"version {version} of the protocol, not {Version}");
        return new Hello(Node.Read(from), Address.Parse(from.ReadString()));
    }
}

/// <summary>Why a hello is turned away.</summary>
internal enum HelloRefusal : byte
{
    None = 0,

    /// <summary>It is meant for another address than the one of this system.</summary>
    WrongAddress = 1,

    /// <summary>That incarnation was removed from the cluster; it must end and start anew.</summary>
    Quarantined = 2,
}

/// <summary>Frames on a stream.</summary>
internal static class Frames
{
    /// <summary>Appends a frame.</summary>
    public static void Append(MemoryStream to, FrameKind kind, Action<BinaryWriter> body)
    {
        var start = to.Position;
        using var writer = new BinaryWriter(to, System.Text.Encoding.UTF8, leaveOpen: true);
        writer.Write(0);
        writer.Write((byte)kind);
        body(writer);
        writer.Flush();
        BinaryPrimitives.WriteInt32LittleEndian(to.GetBuffer().AsSpan((int)start), (int)(to.Position - start - sizeof(int)));
    }

    public static byte[] Make(FrameKind kind, Action<BinaryWriter> body)
    {
        var stream = new MemoryStream();
        Append(stream, kind, body);
        return stream.ToArray();
    }

    /// <summary>The next frame; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">Its length is out of range.</exception>
    public static (FrameKind Kind, BinaryReader Body)? Read(Stream from, int bytesMax)
    {
        Span<byte> head = stackalloc byte[sizeof(int)];
        if (from.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length) return null;
        var length = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length < 1 || length > bytesMax) throw new InvalidDataException($"a frame of {length} bytes, where 1 to {bytesMax} are allowed");
        var bytes = new byte[length];
        from.ReadExactly(bytes);
        return ((FrameKind)bytes[0], new BinaryReader(new MemoryStream(bytes, 1, length - 1)));
    }

    public static byte[] ReadBytes(BinaryReader from)
    {
        var length = from.ReadInt32();
        var left = from.BaseStream.Length - from.BaseStream.Position;
        if (length < 0 || length > left) throw new InvalidDataException($"{length} bytes announced, {left} there");
        return from.ReadBytes(length);
    }

    /// <summary>Errors of a peer or of the way to it, as against defects of this program.</summary>
    public static bool IsPeerError(Exception e) =>
        e is IOException or SocketException or ObjectDisposedException or InvalidDataException or UriFormatException or ArgumentException
            or FormatException;
}
