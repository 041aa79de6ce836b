using System.Text;
using Akka.Actor;
using Akka.Serialization;

namespace MiniBatch.Contracts;

/// <summary>The one message of these tests that crosses systems.</summary>
public sealed record Note(int Number, string Text, IActorRef? About = null);

/// <summary>Has no serializer.</summary>
public sealed record Unbound(int Number);

/// <summary>Writes <see cref="Note"/>s under manifest "n1"; a note with text "poison" cannot be read, one with "broken" not be written.</summary>
public sealed class NoteSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public const string Hocon = """
        akka.actor.serializers.note = "MiniBatch.Contracts.NoteSerializer, Akka.Contracts"
        akka.actor.serialization-bindings { "MiniBatch.Contracts.Note, Akka.Contracts" = note }

        """;

    public override int Identifier => 4711;

    public override string Manifest(object o) => ((Note)o).Text == "unknown" ? "n2" : "n1";

    public override byte[] ToBinary(object obj)
    {
        var note = (Note)obj;
        if (note.Text == "broken") throw new InvalidOperationException("cannot be written");
        var about = note.About == null ? "" : Akka.Serialization.Serialization.SerializedActorPath(note.About);
        return Encoding.UTF8.GetBytes($"{note.Number}|{about}|{note.Text}");
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (manifest != "n1") throw new ArgumentException($"Unknown manifest {manifest}.");
        var parts = Encoding.UTF8.GetString(bytes).Split('|', 3);
        if (parts[2] == "poison") throw new InvalidDataException("cannot be read");
        return new Note(int.Parse(parts[0]), parts[2], parts[1].Length == 0 ? null : system.Provider.ResolveActorRef(parts[1]));
    }
}
