using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Tests.Protocol;

public sealed class ControlSerializerTests : IDisposable
{
    public static TheoryData<string, IControlMessage, string> Messages => ControlMessages.All;

    private static readonly byte[] Secret = "secret"u8.ToArray();

    private readonly ActorSystem _system = ActorSystem.Create("test", ActorSystemSetup.Create(new ClusterKeySetup(Secret)));
    private readonly ControlSerializer _serializer;

    public ControlSerializerTests() => _serializer = new ControlSerializer((ExtendedActorSystem)_system);

    public void Dispose() => _system.Terminate().Wait();

    [Theory]
    [MemberData(nameof(Messages))]
    public void Manifest_and_bytes_are_golden_and_read_back(string manifest, IControlMessage message, string bytes)
    {
        Assert.Equal(manifest, _serializer.Manifest(message));
        Assert.Equal(bytes, Convert.ToHexStringLower(_serializer.ToBinary(message)[..^MessageSeal.Size]));
        Assert.Equal(message, _serializer.FromBinary(Sealed(manifest, Convert.FromHexString(bytes)), manifest));
    }

    [Fact]
    public void Every_message_of_the_control_plane_is_listed_here()
    {
        var known = Messages.Select(row => row[1].GetType()).ToHashSet();
        var all = typeof(IControlMessage).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(IControlMessage)));
        Assert.Equal(all.ToHashSet(), known);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Truncated_padded_or_of_another_layout_is_refused(string manifest, IControlMessage message, string bytes)
    {
        _ = message;
        var sound = Convert.FromHexString(bytes);
        for (var length = 0; length < sound.Length; length++)
            Assert.Throws<InvalidDataException>(() => _serializer.FromBinary(Sealed(manifest, sound[..length]), manifest));
        Assert.Throws<InvalidDataException>(() => _serializer.FromBinary(Sealed(manifest, [.. sound, 0]), manifest));
        sound[0] = 2;
        Assert.Contains("version 2", Assert.Throws<InvalidDataException>(() => _serializer.FromBinary(Sealed(manifest, sound), manifest)).Message);
    }

    /// <summary>Of any message: whatever bit of it or of its manifest is another, and whoever sealed it with another secret.</summary>
    [Theory]
    [MemberData(nameof(Messages))]
    public void What_is_not_sealed_with_the_clusters_secret_is_not_read(string manifest, IControlMessage message, string bytes)
    {
        var sound = _serializer.ToBinary(message);
        Assert.Equal(message, _serializer.FromBinary(sound, manifest));
        for (var at = 0; at < sound.Length; at++)
        {
            sound[at] ^= 1;
            Assert.Throws<UnsealedMessageException>(() => _serializer.FromBinary(sound, manifest));
            sound[at] ^= 1;
        }
        Assert.Throws<UnsealedMessageException>(() => _serializer.FromBinary(sound, manifest + "x"));
        Assert.Throws<UnsealedMessageException>(() => _serializer.FromBinary(Convert.FromHexString(bytes), manifest));
        var others = new MessageSeal("another"u8.ToArray(), ControlSerializer.WireIdentifier).Seal(manifest, Convert.FromHexString(bytes));
        Assert.Throws<UnsealedMessageException>(() => _serializer.FromBinary(others, manifest));
    }

    [Fact]
    public void Unknown_manifests_and_foreign_objects_are_refused()
    {
        Assert.Throws<InvalidDataException>(() => _serializer.FromBinary(Sealed("System.Diagnostics.Process, System", [ControlSerializer.LayoutVersion]), "System.Diagnostics.Process, System"));
        Assert.Throws<ArgumentException>(() => _serializer.ToBinary("text"));
    }

    private static byte[] Sealed(string manifest, byte[] body) => new MessageSeal(Secret, ControlSerializer.WireIdentifier).Seal(manifest, body);

    [Fact]
    public void The_polymorphic_serializers_place_is_taken_by_one_that_refuses_both_ways()
    {
        var refusing = new RefusingSerializer((ExtendedActorSystem)_system, Config.Empty);
        Assert.Equal(1, refusing.Identifier);
        Assert.Throws<NotSupportedException>(() => refusing.ToBinary("text"));
        Assert.Throws<NotSupportedException>(() => refusing.FromBinary([], "System.String"));
    }
}
