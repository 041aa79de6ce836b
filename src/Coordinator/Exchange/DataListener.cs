using System.Net;
using System.Net.Sockets;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.DataPlane.SharedMemory;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tls;
using Serilog;

namespace MiniBatch.Coordinator.Exchange;

/// <summary>
/// Accepts data connections over TCP and, for workers on this machine, over a Unix socket, with the memory that they share; lets
/// those through that pass the handshake. A stranger costs a warning and a closed connection, nothing else.
/// </summary>
public sealed class DataListener : IDisposable
{
    /// <summary>Handshakes at one time. One more ends the oldest: strangers who say nothing must not keep a worker waiting, and a
    /// worker's takes milliseconds.</summary>
    public const int HandshakesMax = 256;

    /// <summary>Connections that may wait in the system's queue.</summary>
    private const int Backlog = 128;

    /// <summary>Threads that shake hands: those whose connection was ended are still to end.</summary>
    private const int ThreadsMax = 2 * HandshakesMax;

    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(250);

    /// <summary>Different warnings that are written; beyond, they are debug events.</summary>
    private const int WarningsMax = 256;

    private readonly HashSet<string> _warned = [];
    private readonly byte[] _secret;
    private readonly Action<ExchangeCommand.AcceptLink> _accepted;
    private readonly NodeCertificates? _certificates;
    private readonly PendingHandshakes _pending = new(HandshakesMax);
    private readonly SemaphoreSlim _threads = new(ThreadsMax);
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _tcp;
    private readonly LocalSocket? _local;

    /// <summary>Binds and starts to listen.</summary>
    /// <param name="host">Address to bind.</param>
    /// <param name="port">Port to bind; 0 takes any that is free.</param>
    /// <param name="secret">The cluster's key.</param>
    /// <param name="certificates">This node's TLS, for connections over TCP; null for none. A Unix socket needs none: only this user
    /// reaches it.</param>
    /// <param name="accepted">Takes over a connection; called on any thread.</param>
    /// <exception cref="UserErrorException">The address can't be bound.</exception>
    public DataListener(IPAddress host, int port, byte[] secret, NodeCertificates? certificates, Action<ExchangeCommand.AcceptLink> accepted)
    {
        _secret = secret;
        _certificates = certificates;
        _accepted = accepted;
        _tcp = new Socket(host.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (host.Equals(IPAddress.IPv6Any)) _tcp.DualMode = true;   // everywhere, as Akka does
        try
        {
            _tcp.Bind(new IPEndPoint(host, port));
            _tcp.Listen(Backlog);
        }
        catch (SocketException e)
        {
            _tcp.Dispose();
            throw new UserErrorException(
                $"can't listen on {new IPEndPoint(host, port)} for data connections ({e.Message}); take another --data-port", cause: e);
        }
        Port = ((IPEndPoint)_tcp.LocalEndPoint!).Port;
        _local = LocalSocket.Listen(Backlog);
        _ = AcceptFrom(_tcp);
        if (_local is not null) _ = AcceptFrom(_local.Listening);
    }

    /// <summary>The TCP port.</summary>
    public int Port { get; }

    /// <summary>Path of the Unix socket; empty where there is none.</summary>
    public string SocketPath => _local?.Path ?? "";

    /// <inheritdoc />
    public void Dispose()
    {
        _stop.Cancel();
        _tcp.Dispose();
        _local?.Dispose();
    }

    private async Task AcceptFrom(Socket listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket? accepted = null;
            try
            {
                await _threads.WaitAsync(_stop.Token);
                var socket = accepted = await listener.AcceptAsync(_stop.Token);
                // A handshake blocks for up to its limit; it must not hold up the next one.
                _ = Task.Factory.StartNew(() => Shake(socket), TaskCreationOptions.LongRunning);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (Exception e) when (e is SocketException or TaskSchedulerException)
            {
                accepted?.Dispose();   // no thread could be made for it
                _threads.Release();
                NodeEvents.AcceptFailed.Write("could not accept a data connection: {problem:l}", e.Message);
                // Out of descriptors, say: the connection still waits, and would be tried again at once, and again.
                await Task.Delay(AcceptPause);
            }
        }
    }

    private void Shake(Socket socket)
    {
        var from = Describe(socket);
        var isLocal = socket.AddressFamily == AddressFamily.Unix;
        using var place = _pending.Enter(socket);
        try
        {
            if (!isLocal)
            {
                TcpOptions.Apply(socket);
                if (_certificates is not null) socket = TlsTunnel.Accept(socket, _certificates.Read(), Handshake.Limit);
            }
            var identity = Handshake.Accept(socket, _secret);
            var region = isLocal ? RegionHandover.Take(socket) : null;
            if (!place.TryLeave())
            {
                region?.Dispose();
                throw new SocketException((int)SocketError.ConnectionAborted);
            }
            _accepted(new ExchangeCommand.AcceptLink(socket, identity, region));
        }
        catch (Exception e) when (e is HandshakeException or SocketException or InvalidDataException or ArgumentException or ObjectDisposedException)
        {
            Warn(from, place.IsEnded ? "it made room for newer connections" : e.Message);
            socket.Dispose();
        }
        finally
        {
            _threads.Release();
        }
    }

    /// <summary>Once for each address and reason: one that tries again each second would fill the log.</summary>
    private void Warn(string from, string problem)
    {
        bool isNew;
        lock (_warned) isNew = _warned.Count < WarningsMax && _warned.Add($"{from} {problem}");
        const string Line = "refused a data connection from {from:l}: {problem:l}";
        if (isNew) NodeEvents.ConnectionRefused.Write(Line, from, problem);
        else NodeEvents.ConnectionRefused.WriteAgain(Log.Logger, Line, from, problem);
    }

    private static string Describe(Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint is not IPEndPoint { Address: var address } ? "this machine"
                : (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return "somebody who has gone";
        }
    }
}
