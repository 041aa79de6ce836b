using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace MiniBatch.Shared.Protocol;

/// <summary>
/// Takes the place of Akka.NET's polymorphic <c>json</c> serializer, under its name and its number, in both
/// directions: what would be read from a type name on the wire is refused instead. Under the names of others it takes their
/// place as well; their numbers then belong to nobody, and what comes with one is refused by Akka.
/// </summary>
public sealed class RefusingSerializer : SerializerWithStringManifest
{
    /// <summary>What Akka.NET calls.</summary>
    public RefusingSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <summary>What Akka.NET calls for a serializer that akka.actor.serialization-settings has an entry for, as it has for json.</summary>
    public RefusingSerializer(ExtendedActorSystem system, Config settings)
        : this(system)
    {
        _ = settings;
    }

    /// <summary>The number of <c>json</c>, so that no other can take it.</summary>
    public override int Identifier => 1;

    /// <inheritdoc />
    public override string Manifest(object o) => throw Refuse(o.GetType().FullName);

    /// <inheritdoc />
    public override byte[] ToBinary(object obj) => throw Refuse(obj.GetType().FullName);

    /// <inheritdoc />
    public override object FromBinary(byte[] bytes, string manifest) => throw Refuse(manifest);

    private static NotSupportedException Refuse(string? what) =>
        new($"'{what}' is no message of the control plane; nothing polymorphic crosses the network");
}
