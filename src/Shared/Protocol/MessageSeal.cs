using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Akka.Actor.Setup;
using MiniBatch.Shared.DataPlane;

namespace MiniBatch.Shared.Protocol;

/// <summary>Hands the cluster's key to the serializers of an actor system.</summary>
public sealed class ClusterKeySetup(byte[] key) : Setup
{
    /// <summary>The cluster's key.</summary>
    public byte[] Key { get; } = key;
}

/// <summary>What came was not sealed with this cluster's secret.</summary>
public sealed class UnsealedMessageException(string manifest)
    : Exception($"'{manifest}' {Words}")
{
    /// <summary>What the message says, for who has no more than it.</summary>
    public const string Words = "is not sealed with this cluster's secret";
}

/// <summary>
/// Proves of a message that who sent it knows the cluster's secret: HMAC-SHA-256 over the serializer's number, the manifest and the body, after the body.
/// Akka itself lets anybody in who reaches its port; nothing is read of what is not sealed.
/// </summary>
/// <remarks>Authenticates; does not encrypt, and does not keep one who listens from saying again what was said. TLS does both. RFC 2104.</remarks>
public sealed class MessageSeal
{
    /// <summary>Bytes after the body.</summary>
    public const int Size = HMACSHA256.HashSizeInBytes;

    private readonly byte[] _key;
    private readonly int _serializer;

    /// <summary>For one serializer of an actor system.</summary>
    /// <param name="system">Has a <see cref="ClusterKeySetup"/>; without one the key is that of an open cluster.</param>
    /// <param name="serializer">The serializer's number.</param>
    public MessageSeal(ActorSystem system, int serializer)
        : this(system.Settings.Setup.Get<ClusterKeySetup>() is { HasValue: true } setup ? setup.Value.Key : SharedSecret.Key(null), serializer)
    {
    }

    /// <summary>For one serializer.</summary>
    /// <param name="key">The cluster's.</param>
    /// <param name="serializer">The serializer's number.</param>
    public MessageSeal(byte[] key, int serializer) => (_key, _serializer) = (key, serializer);

    /// <summary>The body with its seal.</summary>
    public byte[] Seal(string manifest, byte[] body) => [.. body, .. Of(manifest, body)];

    /// <summary>The body of what was sealed.</summary>
    /// <exception cref="UnsealedMessageException">It was not, or not with this secret.</exception>
    public byte[] Open(string manifest, byte[] sealedBody)
    {
        if (sealedBody.Length < Size) throw new UnsealedMessageException(manifest);
        var body = sealedBody[..^Size];
        return CryptographicOperations.FixedTimeEquals(Of(manifest, body), sealedBody.AsSpan(body.Length)) ? body : throw new UnsealedMessageException(manifest);
    }

    private byte[] Of(string manifest, byte[] body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        Span<byte> numbers = stackalloc byte[2 * sizeof(int)];
        var name = Encoding.UTF8.GetBytes(manifest);
        BinaryPrimitives.WriteInt32LittleEndian(numbers, _serializer);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[sizeof(int)..], name.Length);
        hash.AppendData(numbers);
        hash.AppendData(name);
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }
}
