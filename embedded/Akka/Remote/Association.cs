using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;

namespace Akka.Remote;

/// <summary>
/// The way out to one address: a bounded queue and a thread that connects, writes, and connects again. What waits when
/// an attempt to connect fails goes to the dead letters. Ends by itself when it is idle and not connected.
/// </summary>
internal sealed class Association
{
    private const int BatchBytes = 64 << 10;

    private readonly object _lock = new();
    private readonly Queue<UrgentFrame> _urgent = new();
    private readonly Queue<Outbound> _ordinary = new();
    private readonly MemoryStream _buffer = new();
    private readonly Remoting _remoting;
    private readonly Thread _thread;
    private OutboundConnection? _connection;
    private TimeSpan _retry = TimeSpan.Zero;
    private bool _closed;
    private bool _flushing;
    private bool _full;

    public Association(Remoting remoting, Address remote)
    {
        (_remoting, Remote) = (remoting, remote);
        _thread = new Thread(Run) { IsBackground = true, Name = $"{remoting.System.Name}-to-{remote.HostPort()}" };
    }

    public Address Remote { get; }

    /// <summary>False once it has ended.</summary>
    public bool TryEnqueue(Outbound item)
    {
        var full = false;
        lock (_lock)
        {
            if (_closed || _flushing) return false;
            if ((_thread.ThreadState & ThreadState.Unstarted) != 0) _thread.Start();
            if (_urgent.Count + _ordinary.Count >= RemotingOptions.OutboundMessagesMax) full = true;
            else if (item is UrgentFrame urgent) _urgent.Enqueue(urgent);
            else _ordinary.Enqueue(item);
            Monitor.Pulse(_lock);
        }
        if (full) Overflow(item);
        return true;
    }

    /// <summary>Ends it now; what waits goes to the dead letters.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            Monitor.Pulse(_lock);
            _connection?.Dispose();
        }
    }

    /// <summary>Ends it once all that waits is written.</summary>
    public void CloseAfterFlush()
    {
        lock (_lock)
        {
            _flushing = true;
            Monitor.Pulse(_lock);
        }
    }

    public void Join(TimeSpan limit)
    {
        if ((_thread.ThreadState & ThreadState.Unstarted) == 0) _thread.Join(limit);
    }

    private void Run()
    {
        try
        {
            while (AwaitWork())
            {
                if (Connect()) Write();
                else GiveUpQueue();
            }
        }
        catch (Exception e)
        {
            _remoting.Log.Error(e, "Sending to {0} ended.", Remote);
        }
        Close();
        _remoting.Forget(this);
        GiveUpQueue();
    }

    /// <summary>False when it is over: closed, or nothing to send and nobody to send to.</summary>
    private bool AwaitWork()
    {
        lock (_lock)
        {
            // After a failed attempt, what comes meanwhile waits for the next one.
            if (_retry > TimeSpan.Zero && !_closed && !_flushing) WaitUntil(_retry);
            while (!_closed && _urgent.Count + _ordinary.Count == 0)
            {
                if (_flushing) return false;
                if (Monitor.Wait(_lock, RemotingOptions.IdleCheck)) continue;
                if (_connection is not { IsOpen: true } && _urgent.Count + _ordinary.Count == 0) return !(_closed = true);
            }
            return !_closed;
        }
    }

    private void WaitUntil(TimeSpan delay)
    {
        var until = Environment.TickCount64 + (long)delay.TotalMilliseconds;
        while (!_closed && !_flushing && until - Environment.TickCount64 is > 0 and var left) Monitor.Wait(_lock, (int)left);
    }

    private bool Connect()
    {
        if (_connection is { IsOpen: true }) return true;
        _connection?.Dispose();
        try
        {
            var connection = OutboundConnection.Open(_remoting, Remote, ended: () => _closed || _flushing);
            lock (_lock)
            {
                _connection = connection;
                if (_closed) connection.Dispose();
            }
            foreach (var watch in _remoting.Watches.Standing(Remote)) connection.Write(watch.Bytes);
            _retry = TimeSpan.Zero;
            return true;
        }
        catch (Exception e) when (Frames.IsPeerError(e))
        {
            if (_retry == TimeSpan.Zero) _remoting.Log.Debug("No connection to {0}: {1}", Remote, e.Message);
            _retry = _retry == TimeSpan.Zero ? RemotingOptions.RetryMin : _retry * 2 < RemotingOptions.RetryMax ? _retry * 2 : RemotingOptions.RetryMax;
            return false;
        }
    }

    private void Write()
    {
        _buffer.SetLength(0);
        while (_buffer.Length < BatchBytes && Next() is { } item)
        {
            if (item is UrgentFrame urgent) _buffer.Write(urgent.Bytes);
            else if (item is OutboundFrame frame) _buffer.Write(frame.Bytes);
            else Encode((OutboundMessage)item);
        }
        try
        {
            _connection!.Write(_buffer.GetBuffer().AsSpan(0, (int)_buffer.Length));
        }
        catch (Exception e) when (Frames.IsPeerError(e))
        {
            // What was in the buffer may or may not have arrived: at most once, so it is not sent again.
            _remoting.Log.Debug("Connection to {0} broke: {1}", Remote, e.Message);
            _connection!.Dispose();
        }
    }

    private Outbound? Next()
    {
        lock (_lock)
        {
            if (_urgent.TryDequeue(out var urgent)) return urgent;
            return _ordinary.TryDequeue(out var item) ? item : null;
        }
    }

    private void Encode(OutboundMessage item)
    {
        var start = _buffer.Length;
        try
        {
            var serializer = _remoting.System.Serializers.FindSerializerFor(item.Message);
            Frames.Append(_buffer, FrameKind.Message, body =>
            {
                var bytes = serializer.ToBinary(item.Message);
                body.Write(item.Recipient.WirePath);
                body.Write(item.Sender == null ? "" : Akka.Serialization.Serialization.SerializedActorPath(item.Sender));
                body.Write(serializer.Identifier);
                body.Write(Akka.Serialization.Serialization.ManifestFor(serializer, item.Message));
                body.Write(bytes.Length);
                body.Write(bytes);
            });
            var length = _buffer.Length - start - sizeof(int);
            if (length <= _remoting.Options.FrameBytesMax) return;
            _remoting.Log.Error("Discarding oversized payload sent to {0}: max allowed size {1} bytes, actual size of encoded {2} was {3} bytes.",
                item.Recipient, _remoting.Options.FrameBytesMax, item.Message.GetType(), length);
        }
        catch (Exception e)
        {
            _remoting.Log.Error(e, "Message [{0}] to {1} could not be serialized and was dropped.", item.Message.GetType(), item.Recipient);
        }
        _buffer.SetLength(start);
        _buffer.Position = start;
    }

    private void GiveUpQueue()
    {
        _full = false;
        while (Next() is { } item) _remoting.Drop(item);
    }

    private void Overflow(Outbound item)
    {
        if (!_full) _remoting.Log.Warning("{0} messages wait for {1}: further ones go to the dead letters.", RemotingOptions.OutboundMessagesMax, Remote);
        _full = true;
        _remoting.Drop(item);
    }
}
