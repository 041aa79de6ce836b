using System.Net;
using System.Net.Sockets;

namespace MiniBatch.Contracts;

/// <summary>
/// Stands before a system's port and passes bytes on. Shut, it holds them back without closing anything, as a network
/// does that has fallen apart, or a process that is stopped; open again, they flow on.
/// </summary>
public sealed class Gate : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _accepting;
    private volatile TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Gate()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            TargetPort = ((IPEndPoint)free.LocalEndpoint).Port;
        }
        _open.SetResult();
        _listener.Start();
        _accepting = Accept();
    }

    /// <summary>What others connect to.</summary>
    public int PublicPort => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What the system listens on.</summary>
    public int TargetPort { get; }

    public string Hocon => $"akka.remote.dot-netty.tcp {{ port = {TargetPort}, public-port = {PublicPort}, public-hostname = \"127.0.0.1\" }}\n";

    public void Shut() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => _open.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        await _accepting;
    }

    private async Task Accept()
    {
        try
        {
            while (true) _ = Pass(await _listener.AcceptTcpClientAsync(_ended.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Pass(TcpClient from)
    {
        using var to = new TcpClient();
        using (from)
        {
            try
            {
                await _open.Task.WaitAsync(_ended.Token);
                await to.ConnectAsync(IPAddress.Loopback, TargetPort, _ended.Token);
                await Task.WhenAny(Copy(from.GetStream(), to.GetStream()), Copy(to.GetStream(), from.GetStream()));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
            {
                // Either end has gone.
            }
        }
    }

    private async Task Copy(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[4096];
        while (await from.ReadAsync(buffer, _ended.Token) is > 0 and var count)
        {
            await _open.Task.WaitAsync(_ended.Token);
            await to.WriteAsync(buffer.AsMemory(0, count), _ended.Token);
        }
    }
}
