using System.Net.Sockets;

namespace MiniBatch.Coordinator.Exchange;

/// <summary>
/// Connections that are shaking hands, so many and no more: the next one ends the one that has been at it for longest. Any thread.
/// </summary>
internal sealed class PendingHandshakes(int max)
{
    private readonly LinkedList<Place> _oldestFirst = new();

    /// <summary>Takes a place for a connection.</summary>
    public Place Enter(Socket socket)
    {
        var place = new Place(this, socket);
        Place? oldest = null;
        lock (_oldestFirst)
        {
            if (_oldestFirst.Count == max) oldest = _oldestFirst.First!.Value;
            if (oldest is not null) _oldestFirst.RemoveFirst();
            _oldestFirst.AddLast(place);
        }
        oldest?.End();
        return place;
    }

    /// <summary>One connection's.</summary>
    public sealed class Place(PendingHandshakes all, Socket socket) : IDisposable
    {
        /// <summary>Whether it was ended for another.</summary>
        public bool IsEnded { get; private set; }

        /// <summary>Its hands are shaken: nobody ends it from here on.</summary>
        /// <returns>False where somebody has.</returns>
        public bool TryLeave()
        {
            lock (all._oldestFirst) return all._oldestFirst.Remove(this);
        }

        /// <inheritdoc />
        public void Dispose() => TryLeave();

        /// <summary>Shut down, not disposed: the thread that shakes hands on it is told, and disposes it.</summary>
        public void End()
        {
            IsEnded = true;
            try
            {
                socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It has gone by itself.
            }
        }
    }
}
