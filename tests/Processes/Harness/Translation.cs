using System.Buffers.Binary;
using System.Net;

namespace MiniBatch.Processes.Harness;

/// <summary>
/// Replaces an address in the head of an IPv4 packet, as the network of containers does: what is inside has another address than what is
/// outside knows it by (RFC 3022). Sums are brought up to date (RFC 1624).
/// </summary>
/// <param name="field">Which address.</param>
/// <param name="from">The address that is replaced.</param>
/// <param name="to">By which.</param>
internal sealed class Translation(Translation.Field field, IPAddress from, IPAddress to)
{
    /// <summary>An address of a packet, by where it begins in its head.</summary>
    public enum Field
    {
        /// <summary>Who sent it.</summary>
        Source = 12,

        /// <summary>Who is to have it.</summary>
        Destination = 16,
    }

    private const int AddressBytes = 4;
    private const int SumOfHead = 10;
    private const int Protocol = 9;
    private const int Tcp = 6;
    private const int SumOfTcp = 16;

    private readonly byte[] _from = from.GetAddressBytes();
    private readonly byte[] _to = to.GetAddressBytes();

    /// <summary>Changes a packet in place; leaves one that is not of TCP over IPv4 alone.</summary>
    public void Apply(Span<byte> packet)
    {
        if (packet.Length < 20 || packet[0] >> 4 != 4 || packet[Protocol] != Tcp) return;
        var address = packet.Slice((int)field, AddressBytes);
        if (!address.SequenceEqual(_from)) return;
        _to.CopyTo(address);
        var head = (packet[0] & 0xf) * 4;
        BringUpToDate(packet[SumOfHead..]);
        BringUpToDate(packet[(head + SumOfTcp)..]);
    }

    private void BringUpToDate(Span<byte> sum)
    {
        var ones = (uint)(ushort)~BinaryPrimitives.ReadUInt16BigEndian(sum);
        for (var at = 0; at < AddressBytes; at += 2)
        {
            ones += (ushort)~BinaryPrimitives.ReadUInt16BigEndian(_from.AsSpan(at));
            ones += BinaryPrimitives.ReadUInt16BigEndian(_to.AsSpan(at));
        }
        while (ones > 0xffff) ones = (ones & 0xffff) + (ones >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(sum, (ushort)~ones);
    }
}
