using Akka.Actor;

namespace Akka.Remote;

/// <summary>Remoting could not start; the inner exception says why (a SocketException where the port is taken).</summary>
public class RemoteTransportException : AkkaException
{
    public RemoteTransportException(string message, Exception? cause = null) : base(message, cause) { }
}
