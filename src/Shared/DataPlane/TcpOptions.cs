using System.Net.Sockets;

namespace MiniBatch.Shared.DataPlane;

/// <summary>What the data plane asks of TCP.</summary>
public static class TcpOptions
{
    /// <summary>
    /// The other side's kernel takes nothing for so long, and the connection is broken: its machine is off, or the way to it gone. For a
    /// process that is stopped its kernel answers, unless so much was sent that it has no more room.
    /// </summary>
    public static readonly TimeSpan GoneAfter = TimeSpan.FromSeconds(60);

    private const int ProbeSeconds = 10;

    /// <summary>TCP_USER_TIMEOUT of tcp(7): the same where something is on its way, which keep-alive waits for.</summary>
    private const int UserTimeout = 18;

    /// <summary>No delay for what is small, and an end where the other machine has vanished.</summary>
    /// <param name="socket">TCP, connected or to be.</param>
    public static void Apply(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)GoneAfter.TotalSeconds / 2);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, ProbeSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, (int)GoneAfter.TotalSeconds / 2 / ProbeSeconds);
        socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, UserTimeout, BitConverter.GetBytes((int)GoneAfter.TotalMilliseconds));
    }
}
