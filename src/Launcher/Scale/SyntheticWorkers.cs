using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Launcher.Scale;

/// <summary>
/// Workers that compute nothing: each holds a real data connection on a thread of its own, receives versions and answers every slot with the same
/// gradient.
/// </summary>
public static class SyntheticWorkers
{
    private const float Value = 1e-6f;
    private const int StackBytes = 256 * 1024;
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromMinutes(1);

    /// <summary>Runs them until the server says goodbye or has gone.</summary>
    /// <param name="point">How many, and how large.</param>
    /// <param name="port">Of the server, on loopback.</param>
    /// <param name="secret">The server's too.</param>
    /// <exception cref="UserErrorException">One can't connect, or can't read what it is sent.</exception>
    public static void Run(ScalePoint point, int port, string secret)
    {
        UserErrorException? problem = null;
        var run = point.Spec().Run;
        var threads = Enumerable.Range(1, point.Workers).Select(number => new Thread(
            () =>
            {
                try
                {
                    Work(new WorkerId($"worker-{number}", (ulong)number), run, point.Floats, port, SharedSecret.Key(secret));
                }
                catch (Exception e) when (e is SocketException or HandshakeException or InvalidDataException)
                {
                    problem = new UserErrorException($"worker-{number}: {e.Message}", cause: e);
                }
            },
            StackBytes) { IsBackground = true }).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        if (problem is not null) throw problem;
    }

    private static void Work(WorkerId worker, RunId run, int floats, int port, byte[] secret)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        socket.ReceiveTimeout = (int)HandshakeLimit.TotalMilliseconds;
        Handshake.Connect(socket, secret, new SessionIdentity(worker, run, ScaleServer.Incarnation));
        socket.ReceiveTimeout = 0;

        var version = new float[floats];
        var receiver = new FrameReceiver((_, _, count) => count == floats ? version : default(Memory<float>));
        var answer = new FrameBuffer(floats);
        answer.Floats.Fill(Value);
        var crc = answer.PayloadCrc();
        ReceiveStatus status;
        while ((status = receiver.Receive(socket)) == ReceiveStatus.Complete)
        {
            var reader = new FixedReader(receiver.FixedPart);
            switch (receiver.Header.Type)
            {
                case FrameType.InitialiseOrder:
                    var layout = new ModelLayout([new TensorLayout("weights", [floats])], [], []);
                    var sha256 = ParameterHash.Sha256OfFloats(answer.Floats);
                    Send(socket, answer.Frame(new ModelInitialised(ScaleServer.Incarnation, JsonSerializer.Serialize(layout, Json.Compact), sha256), crc));
                    break;
                case FrameType.StepOrder:
                    var order = StepOrder.Read(ref reader);
                    foreach (var slot in order.Slots.Items)
                        Send(socket, answer.Frame(new SlotGradient(ScaleServer.Incarnation, order.Step, slot, order.Version, 1, 1, 0, 0, 0), crc));
                    break;
                case FrameType.Goodbye: return;
            }
        }
        if (status == ReceiveStatus.Malformed) throw new InvalidDataException(receiver.Problem);
    }

    private static void Send(Socket socket, ReadOnlyMemory<byte> frame)
    {
        for (var left = frame.Span; left.Length > 0;) left = left[socket.Send(left)..];
    }
}
