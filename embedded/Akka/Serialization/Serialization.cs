using System.Collections.Concurrent;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Serialization;

/// <summary>
/// The serializers of a system: by the type of a message when it goes out, by their identifier when it comes in.
/// There is none but what the configuration names, so nothing else can be made from the network.
/// </summary>
public class Serialization
{
    private readonly Dictionary<int, Serializer> _byId = [];
    private readonly List<(Type Type, Serializer Serializer)> _bindings = [];
    private readonly ConcurrentDictionary<Type, Serializer?> _byType = new();

    internal Serialization(ExtendedActorSystem system)
    {
        System = system;
        var config = system.Settings.Config;
        var byName = new Dictionary<string, Serializer>();
        foreach (var (name, typeName) in config.TextsBelow("akka.actor.serializers"))
        {
            var serializer = ConfiguredTypes.Make<Serializer>(typeName, $"akka.actor.serializers.{name}", system);
            byName[name] = serializer;
            if (!_byId.TryAdd(serializer.Identifier, serializer) && _byId[serializer.Identifier].GetType() != serializer.GetType())
                throw new ConfigurationException($"Serializers {_byId[serializer.Identifier].GetType()} and {serializer.GetType()} have the same identifier {serializer.Identifier}.");
        }
        foreach (var (typeName, name) in config.TextsBelow("akka.actor.serialization-bindings"))
            Bind(typeName, name, byName);
    }

    public ExtendedActorSystem System { get; }

    /// <summary>How <paramref name="actorRef"/> is written in a message so that any node finds it.</summary>
    public static string SerializedActorPath(IActorRef actorRef) =>
        actorRef is InternalRef known ? known.WirePath : actorRef?.Path.ToSerializationFormat() ?? "";

    /// <summary>"" where the serializer writes none.</summary>
    public static string ManifestFor(Serializer s, object msg) => s switch
    {
        SerializerWithStringManifest named => named.Manifest(msg),
        { IncludeManifest: true } => msg.GetType().AssemblyQualifiedName!,
        _ => "",
    };

    /// <summary>The serializer bound to the type of <paramref name="obj"/>, to a base or to an interface of it.</summary>
    /// <exception cref="SerializationException">None is bound.</exception>
    public Serializer FindSerializerFor(object obj, string? defaultSerializerName = null) => FindSerializerForType(obj.GetType());

    /// <summary>The serializer bound to a type, to a base or to an interface of it.</summary>
    /// <exception cref="SerializationException">None is bound.</exception>
    public Serializer FindSerializerForType(Type objectType, string? defaultSerializerName = null) =>
        _byType.GetOrAdd(objectType, type => Find(type))
        ?? throw new SerializationException($"Serializer not found for type {objectType}.");

    public byte[] Serialize(object o) => FindSerializerFor(o).ToBinary(o);

    /// <exception cref="SerializationException">No serializer has this identifier, or it wants a type and not a manifest.</exception>
    public object Deserialize(byte[] bytes, int serializerId, string manifest) => _byId.GetValueOrDefault(serializerId) switch
    {
        SerializerWithStringManifest named => named.FromBinary(bytes, manifest),
        null => throw new SerializationException($"Cannot find serializer with id [{serializerId}] (manifest [{manifest}])."),
        // Types are never loaded by a name that came in, so only a manifest of its own makes a serializer fit for it.
        var other => throw new SerializationException($"Serializer {other.GetType()} has no manifests of its own."),
    };

    private Serializer? Find(Type type)
    {
        foreach (var (bound, serializer) in _bindings)
            if (bound.IsAssignableFrom(type)) return serializer;
        return null;
    }

    private void Bind(string typeName, string name, Dictionary<string, Serializer> byName)
    {
        if (!byName.TryGetValue(name, out var serializer))
        {
            System.Log.Debug("Serialization binding of '{0}' to '{1}', which is no serializer: not bound.", typeName, name);
            return;
        }
        var type = ConfiguredTypes.Find(typeName, "akka.actor.serialization-bindings");
        // The nearest type first: a message may have several bases and interfaces that are bound.
        var before = _bindings.FindIndex(binding => binding.Type.IsAssignableFrom(type));
        _bindings.Insert(before < 0 ? _bindings.Count : before, (type, serializer));
    }
}
