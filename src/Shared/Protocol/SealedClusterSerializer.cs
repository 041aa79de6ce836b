using Akka.Actor;
using Akka.Cluster.Serialization;
using Akka.Configuration;
using Akka.Serialization;

namespace MiniBatch.Shared.Protocol;

/// <summary>
/// Takes the place of Akka's serializer of what the nodes of a cluster say to each other, under its name and number: the same bytes,
/// sealed with the cluster's secret. Who does not know it can't join, and so can't take others out.
/// </summary>
public sealed class SealedClusterSerializer : SerializerWithStringManifest
{
    private const int WireIdentifier = 5;

    private readonly ClusterMessageSerializer _akka;
    private readonly MessageSeal _seal;

    /// <summary>What Akka.NET calls.</summary>
    public SealedClusterSerializer(ExtendedActorSystem system)
        : base(system)
    {
        _akka = new ClusterMessageSerializer(system);
        _seal = new MessageSeal(system, WireIdentifier);
    }

    /// <summary>What Akka.NET calls for a serializer that akka.actor.serialization-settings has an entry for.</summary>
    public SealedClusterSerializer(ExtendedActorSystem system, Config settings)
        : this(system)
    {
        _ = settings;
    }

    /// <inheritdoc />
    public override int Identifier => WireIdentifier;

    /// <inheritdoc />
    public override string Manifest(object o) => _akka.Manifest(o);

    /// <inheritdoc />
    public override byte[] ToBinary(object obj) => _seal.Seal(_akka.Manifest(obj), _akka.ToBinary(obj));

    /// <inheritdoc />
    public override object FromBinary(byte[] bytes, string manifest) => _akka.FromBinary(_seal.Open(manifest, bytes), manifest);
}
