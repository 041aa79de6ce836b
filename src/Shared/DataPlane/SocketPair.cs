using System.Net;
using System.Net.Sockets;

namespace MiniBatch.Shared.DataPlane;

/// <summary>Two connected sockets of this process; over the loopback, the one way that is the same everywhere.</summary>
public static class SocketPair
{
    /// <summary>Makes them, blocking, without delay.</summary>
    public static (Socket One, Socket Other) Create()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var one = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        one.Connect(listener.LocalEndPoint!);
        while (true)
        {
            var other = listener.Accept();
            other.NoDelay = true;
            if (other.RemoteEndPoint!.Equals(one.LocalEndPoint)) return (one, other);
            other.Dispose();   // somebody on this machine who was faster
        }
    }
}
