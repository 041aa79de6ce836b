using System.Net;
using System.Net.Sockets;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.DataPlane.SharedMemory;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using Serilog;

namespace MiniBatch.Coordinator.Exchange;

/// <summary>
/// Accepts data connections over TCP and, for workers on this machine, over a Unix socket, with the memory that they share; lets
/// those through that pass the handshake. A stranger costs a warning and a closed connection, nothing else.
/// </summary>
public sealed class DataListener : IDisposable
{
    /// <summary>Handshakes at one time; further connections wait in the system's queue.</summary>
    private const int HandshakesMax = 64;

    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(250);

    /// <summary>Different warnings that are written; beyond, they are debug events.</summary>
    private const int WarningsMax = 256;

    private readonly HashSet<string> _warned = [];
    private readonly byte[] _secret;
    private readonly Action<ExchangeCommand.AcceptLink> _accepted;
    private readonly SemaphoreSlim _handshakes = new(HandshakesMax);
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _tcp;
    private readonly LocalSocket? _local;

    /// <summary>Binds and starts to listen.</summary>
    /// <param name="host">Address to bind.</param>
    /// <param name="port">Port to bind; 0 takes any that is free.</param>
    /// <param name="secret">The cluster's key.</param>
    /// <param name="accepted">Takes over a connection; called on any thread.</param>
    /// <exception cref="UserErrorException">The address can't be bound.</exception>
    public DataListener(IPAddress host, int port, byte[] secret, Action<ExchangeCommand.AcceptLink> accepted)
    {
        _secret = secret;
        _accepted = accepted;
        _tcp = new Socket(host.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (host.Equals(IPAddress.IPv6Any)) _tcp.DualMode = true;   // everywhere, as Akka does
        try
        {
            _tcp.Bind(new IPEndPoint(host, port));
            _tcp.Listen(HandshakesMax);
        }
        catch (SocketException e)
        {
            _tcp.Dispose();
            throw new UserErrorException(
                $"can't listen on {new IPEndPoint(host, port)} for data connections ({e.Message}); take another --data-port", cause: e);
        }
        Port = ((IPEndPoint)_tcp.LocalEndPoint!).Port;
        _local = LocalSocket.Listen(HandshakesMax);
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
            try
            {
                await _handshakes.WaitAsync(_stop.Token);
                var socket = await listener.AcceptAsync(_stop.Token);
                // A handshake blocks for up to its limit; it must not hold up the next one.
                _ = Task.Factory.StartNew(() => Shake(socket), TaskCreationOptions.LongRunning);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                _handshakes.Release();
                NodeEvents.AcceptFailed.Write("could not accept a data connection: {problem:l}", e.Message);
                // Out of descriptors, say: the connection still waits, and would be tried again at once, and again.
                await Task.Delay(AcceptPause);
            }
        }
    }

    private void Shake(Socket socket)
    {
        try
        {
            if (socket.ProtocolType == ProtocolType.Tcp) socket.NoDelay = true;
            var identity = Handshake.Accept(socket, _secret);
            var region = socket.AddressFamily == AddressFamily.Unix ? RegionHandover.Take(socket) : null;
            _accepted(new ExchangeCommand.AcceptLink(socket, identity, region));
        }
        catch (Exception e) when (e is HandshakeException or SocketException or InvalidDataException or ArgumentException)
        {
            Warn(Describe(socket), e.Message);
            socket.Dispose();
        }
        finally
        {
            _handshakes.Release();
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
        catch (SocketException)
        {
            return "somebody who has gone";
        }
    }
}
