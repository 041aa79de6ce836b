using Akka.Actor;
using Akka.Configuration;

namespace Akka.Serialization;

/// <summary>Objects to bytes and back. Called from several threads at once.</summary>
public abstract class Serializer
{
    /// <summary>The system it is for.</summary>
    protected readonly ExtendedActorSystem system;

    private int? _configured;

    protected Serializer(ExtendedActorSystem system) => this.system = system;

    /// <summary>Written with each message, so the same on all nodes. Default: from <c>akka.actor.serialization-identifiers</c>.</summary>
    /// <exception cref="ConfigurationException">Neither overridden nor configured.</exception>
    public virtual int Identifier => _configured ??= ReadIdentifier();

    /// <summary>Whether the type, or a manifest, goes along.</summary>
    public abstract bool IncludeManifest { get; }

    public abstract byte[] ToBinary(object obj);

    public abstract object FromBinary(byte[] bytes, Type type);

    public T FromBinary<T>(byte[] bytes) => (T)FromBinary(bytes, typeof(T));

    private int ReadIdentifier()
    {
        var names = system.Settings.Config.TextsBelow("akka.actor.serialization-identifiers");
        foreach (var (name, id) in names)
            if (Type.GetType(name) == GetType() && int.TryParse(id, out var number)) return number;
        throw new ConfigurationException($"Serializer {GetType()} has no identifier in akka.actor.serialization-identifiers.");
    }
}

/// <summary>A serializer that names the kind of each message itself: no type name comes from the network.</summary>
public abstract class SerializerWithStringManifest : Serializer
{
    protected SerializerWithStringManifest(ExtendedActorSystem system) : base(system) { }

    public sealed override bool IncludeManifest => true;

    public sealed override object FromBinary(byte[] bytes, Type type) => FromBinary(bytes, type.AssemblyQualifiedName!);

    /// <summary>Reads a message; whatever it throws, the message is dropped with a warning.</summary>
    public abstract object FromBinary(byte[] bytes, string manifest);

    /// <summary>The kind of <paramref name="o"/>, as <see cref="FromBinary(byte[], string)"/> gets it.</summary>
    public abstract string Manifest(object o);
}
