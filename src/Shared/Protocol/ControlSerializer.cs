using System.Text;
using Akka.Actor;
using Akka.Serialization;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Protocol;

/// <summary>
/// The control plane's only serializer: one explicit manifest and layout a message. A body begins with its layout's
/// version byte and ends with a <see cref="MessageSeal"/>; strings are UTF-8 with a 7-bit encoded length; numbers are little-endian.
/// </summary>
/// <remarks>Nothing here reads a type name from the wire. See docs/PROTOCOL.md for the table.</remarks>
public sealed class ControlSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>The layout version that is written, and the only one that is read.</summary>
    public const byte LayoutVersion = 5;

    /// <summary>Number of this serializer on the wire.</summary>
    public const int WireIdentifier = 7001;

    private readonly MessageSeal _seal = new(system, WireIdentifier);

    /// <inheritdoc />
    public override int Identifier => WireIdentifier;

    /// <inheritdoc />
    public override string Manifest(object o) => o switch
    {
        RegisterWorker => "register-worker",
        WorkerAdmitted => "worker-admitted",
        WorkerPrepared => "worker-prepared",
        WorkerRefused => "worker-refused",
        WorkerFailed => "worker-failed",
        WorkerLeaving => "worker-leaving",
        RunEnded => "run-ended",
        _ => throw new ArgumentException($"{o.GetType()} is no message of the control plane"),
    };

    /// <inheritdoc />
    public override byte[] ToBinary(object obj)
    {
        var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(LayoutVersion);
        switch (obj)
        {
            case RegisterWorker m:
                Write(writer, m.Worker);
                writer.Write(m.ProgramVersion);
                Write(writer, m.Device);
                writer.Write((byte)m.CpuCapability);
                writer.Write(m.ProcessId);
                break;
            case WorkerAdmitted m:
                Write(writer, m.Worker);
                writer.Write(m.Incarnation.Value);
                writer.Write(m.SpecJson);
                writer.Write(m.DataPort);
                writer.Write(m.DataSocketPath);
                break;
            case WorkerPrepared m:
                Write(writer, m.Worker);
                writer.Write(m.Incarnation.Value);
                writer.Write(m.DatasetSha256);
                writer.Write(m.Arithmetic.InitialSha256);
                writer.Write(m.Arithmetic.ProbeSha256);
                break;
            case WorkerRefused m:
                Write(writer, m.Worker);
                writer.Write((byte)m.Refusal);
                writer.Write(m.Reason);
                break;
            case WorkerFailed m:
                Write(writer, m.Worker);
                writer.Write(m.Reason);
                break;
            case WorkerLeaving m:
                Write(writer, m.Worker);
                writer.Write(m.Reason);
                break;
            case RunEnded m:
                Write(writer, m.Worker);
                writer.Write((byte)m.Ending);
                writer.Write(m.Reason);
                break;
            default:
                throw new ArgumentException($"{obj.GetType()} is no message of the control plane");
        }
        return _seal.Seal(Manifest(obj), bytes.ToArray());
    }

    /// <inheritdoc />
    /// <exception cref="UnsealedMessageException">The seal is missing, or another secret's.</exception>
    /// <exception cref="InvalidDataException">Another layout version, an unknown manifest, or a body that does not
    /// end where its message ends.</exception>
    public override object FromBinary(byte[] sealedBytes, string manifest)
    {
        var bytes = _seal.Open(manifest, sealedBytes);
        using var reader = new BinaryReader(new MemoryStream(bytes, writable: false), Encoding.UTF8);
        try
        {
            var version = reader.ReadByte();
            if (version != LayoutVersion)
                throw new InvalidDataException($"{manifest}: layout version {version}, this program reads {LayoutVersion}");
            object message = manifest switch
            {
                "register-worker" => new RegisterWorker(ReadWorker(reader), reader.ReadString(), ReadDevice(reader),
                    ReadEnum<CpuCapability>(reader), reader.ReadInt32()),
                "worker-admitted" => new WorkerAdmitted(ReadWorker(reader), new Incarnation(reader.ReadInt64()),
                    reader.ReadString(), reader.ReadInt32(), reader.ReadString()),
                "worker-prepared" => new WorkerPrepared(ReadWorker(reader), new Incarnation(reader.ReadInt64()),
                    reader.ReadString(), new Arithmetic(reader.ReadString(), reader.ReadString())),
                "worker-refused" => new WorkerRefused(ReadWorker(reader), ReadEnum<Refusal>(reader), reader.ReadString()),
                "worker-failed" => new WorkerFailed(ReadWorker(reader), reader.ReadString()),
                "worker-leaving" => new WorkerLeaving(ReadWorker(reader), reader.ReadString()),
                "run-ended" => new RunEnded(ReadWorker(reader), ReadEnum<RunEnding>(reader), reader.ReadString()),
                _ => throw new InvalidDataException($"unknown manifest '{manifest}'"),
            };
            if (reader.BaseStream.Position != bytes.Length)
                throw new InvalidDataException($"{manifest}: {bytes.Length - reader.BaseStream.Position} bytes too many");
            return message;
        }
        // IOException: the end of the stream, or a text whose length is negative.
        catch (Exception e) when (e is IOException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{manifest}: truncated or garbled", e);
        }
    }

    private static void Write(BinaryWriter writer, WorkerId worker)
    {
        writer.Write(worker.Name);
        writer.Write(worker.Session);
    }

    private static void Write(BinaryWriter writer, ComputeDevice device)
    {
        writer.Write(device.Device);
        writer.Write(device.Name);
        writer.Write(device.MemoryBytes);
        writer.Write(device.Threads);
    }

    private static ComputeDevice ReadDevice(BinaryReader reader) =>
        new(reader.ReadString(), reader.ReadString(), reader.ReadInt64(), reader.ReadInt32());

    private static WorkerId ReadWorker(BinaryReader reader) => new(reader.ReadString(), reader.ReadUInt64());

    private static T ReadEnum<T>(BinaryReader reader) where T : struct, Enum
    {
        var value = (T)Enum.ToObject(typeof(T), reader.ReadByte());
        return Enum.IsDefined(value) ? value : throw new InvalidDataException($"no such {typeof(T).Name}: {value}");
    }
}
