using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.DataPlane;

/// <summary>Who is at the other end of a data connection, after the handshake.</summary>
/// <param name="Worker">The worker.</param>
/// <param name="Run">The run it means.</param>
/// <param name="Incarnation">The coordinator it means.</param>
public sealed record SessionIdentity(WorkerId Worker, RunId Run, Incarnation Incarnation);

/// <summary>The handshake failed; the message says why, never the secret.</summary>
public sealed class HandshakeException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>
/// Challenge and response over a shared secret, in both directions, before anything else is read: each side proves with
/// HMAC-SHA-256 over both nonces and the session's identity that it knows the secret, which itself never travels.
/// </summary>
/// <remarks>Authenticates the two ends when they meet; it does not encrypt. RFC 2104.</remarks>
public static class Handshake
{
    /// <summary>How long a handshake may take, all words together.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    private const int NonceBytes = 32;
    private const int ProofBytes = 32;
    private const int NamesLengthMax = 16 * 1024;

    private readonly record struct Challenge(byte[] Nonce) : IFrame
    {
        public FrameType Type => FrameType.Challenge;

        public void Write(ref FixedWriter writer) => writer.Bytes(Nonce);
    }

    private readonly record struct Hello(byte[] Nonce, SessionIdentity Identity, byte[] Proof) : IFrame
    {
        public FrameType Type => FrameType.Hello;

        public void Write(ref FixedWriter writer)
        {
            writer.Bytes(Nonce);
            writer.Text(Identity.Worker.Name);
            writer.Int64(unchecked((long)Identity.Worker.Session));
            writer.Text(Identity.Run.Value);
            writer.Int64(Identity.Incarnation.Value);
            writer.Bytes(Proof);
        }
    }

    private readonly record struct Welcome(byte[] Proof) : IFrame
    {
        public FrameType Type => FrameType.Welcome;

        public void Write(ref FixedWriter writer) => writer.Bytes(Proof);
    }

    /// <summary>The server's side, on a blocking socket. Returns who connected; the socket is then ready for frames.</summary>
    /// <exception cref="HandshakeException">A stranger, a wrong secret, or silence; close the socket.</exception>
    public static SessionIdentity Accept(Socket socket, byte[] secret)
    {
        using var deadline = new HandshakeDeadline(socket, Limit);
        var receiver = new FrameReceiver((_, _, _) => default);
        var serverNonce = RandomNumberGenerator.GetBytes(NonceBytes);
        Send(socket, new Challenge(serverNonce));

        var (workerNonce, identity, proof) = ReadHello(Receive(socket, receiver, deadline, FrameType.Hello));
        if (!CryptographicOperations.FixedTimeEquals(proof, Proof(secret, "worker", serverNonce, workerNonce, identity)))
            throw new HandshakeException("wrong secret");
        Send(socket, new Welcome(Proof(secret, "server", serverNonce, workerNonce, identity)));
        return identity;
    }

    /// <summary>The worker's side, on a blocking socket.</summary>
    /// <exception cref="HandshakeException">No coordinator of this run, a wrong secret, or silence.</exception>
    public static void Connect(Socket socket, byte[] secret, SessionIdentity identity)
    {
        using var deadline = new HandshakeDeadline(socket, Limit);
        var receiver = new FrameReceiver((_, _, _) => default);
        var serverNonce = Receive(socket, receiver, deadline, FrameType.Challenge).Bytes(NonceBytes);
        var workerNonce = RandomNumberGenerator.GetBytes(NonceBytes);
        Send(socket, new Hello(workerNonce, identity, Proof(secret, "worker", serverNonce, workerNonce, identity)));
        byte[] proof;
        try
        {
            proof = Receive(socket, receiver, deadline, FrameType.Welcome).Bytes(ProofBytes);
        }
        catch (HandshakeException e) when (receiver.Problem is not null && !deadline.IsOver)
        {
            throw new HandshakeException($"the coordinator closed the handshake; give both the same secret ({SharedSecret.Variable})", e);
        }
        if (!CryptographicOperations.FixedTimeEquals(proof, Proof(secret, "server", serverNonce, workerNonce, identity)))
            throw new HandshakeException("the server does not know the secret");
    }

    /// <exception cref="HandshakeException">It is none, or its names are longer than any of ours.</exception>
    private static Hello ReadHello(FixedReader reader)
    {
        try
        {
            var nonce = reader.Bytes(NonceBytes);
            var identity = new SessionIdentity(
                new WorkerId(reader.Text(), unchecked((ulong)reader.Int64())), new RunId(reader.Text()),
                new Incarnation(reader.Int64()));
            var hello = new Hello(nonce, identity, reader.Bytes(ProofBytes));
            reader.End();
            // What is no UTF-8 takes three times its bytes once it was read: the proof's text has room for so much, and for no more.
            return identity.Worker.Name.Length + identity.Run.Value.Length <= NamesLengthMax ? hello : throw new HandshakeException("a Hello with names that are too long");
        }
        catch (InvalidDataException e)
        {
            throw new HandshakeException($"no sound Hello: {e.Message}", e);
        }
    }

    private static byte[] Proof(byte[] secret, string side, byte[] serverNonce, byte[] workerNonce, SessionIdentity identity)
    {
        var text = new byte[FrameLimits.FixedBytesMax];
        var writer = new FixedWriter(text);
        writer.Text(side);
        writer.Bytes(serverNonce);
        writer.Bytes(workerNonce);
        writer.Text(identity.Worker.Name);
        writer.Int64(unchecked((long)identity.Worker.Session));
        writer.Text(identity.Run.Value);
        writer.Int64(identity.Incarnation.Value);
        return HMACSHA256.HashData(secret, text.AsSpan(0, writer.Length));
    }

    private static void Send<T>(Socket socket, T frame) where T : IFrame
    {
        var rest = new FrameBuffer(0).Frame(frame).Span;
        try
        {
            while (rest.Length > 0) rest = rest[socket.Send(rest)..];
        }
        catch (SocketException e)
        {
            throw new HandshakeException($"the connection broke during the handshake ({e.SocketErrorCode})", e);
        }
    }

    private static FixedReader Receive(Socket socket, FrameReceiver receiver, HandshakeDeadline deadline, FrameType expected)
    {
        var status = receiver.Receive(socket);
        if (status != ReceiveStatus.Complete)
            throw new HandshakeException(deadline.IsOver ? deadline.Problem($"no {expected}") : $"no {expected}: {receiver.Problem}");
        if (receiver.Header.Type != expected)
            throw new HandshakeException($"a {receiver.Header.Type} where a {expected} was due");
        return new FixedReader(receiver.FixedPart);
    }
}

/// <summary>The cluster's shared secret, as bytes.</summary>
public static class SharedSecret
{
    /// <summary>Environment variable that carries it to every process of a cluster.</summary>
    public const string Variable = "MINIBATCH_SECRET";

    /// <summary>A new secret of 256 random bits, as text.</summary>
    public static string Create() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>The key that a text stands for. An empty text is the key of an open cluster.</summary>
    public static byte[] Key(string? text) => SHA256.HashData(Encoding.UTF8.GetBytes(text ?? ""));
}
