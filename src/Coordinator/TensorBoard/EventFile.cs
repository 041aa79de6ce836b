using System.Buffers;
using System.Buffers.Binary;
using MiniBatch.Shared.Numerics;

namespace MiniBatch.Coordinator.TensorBoard;

/// <summary>
/// A file of records as TensorFlow frames them (TFRecord): uint64 length, masked CRC-32C of the length, the record, masked CRC-32C of the
/// record; little-endian. Used by one thread at a time.
/// </summary>
/// <remarks>Source: tensorflow.org, "TFRecord and tf.train.Example", section "TFRecords format details".</remarks>
internal sealed class EventFile : IDisposable
{
    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _waiting = new(1 << 12);

    /// <summary>Makes the file.</summary>
    /// <exception cref="IOException">It exists, or can't be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It can't be made.</exception>
    public EventFile(string path) =>
        // Without a buffer of its own: that would be written again, and fail again, when it is closed.
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);

    /// <summary>Appends a record; it is in memory until <see cref="Flush"/>.</summary>
    public void Append(ReadOnlySpan<byte> record)
    {
        Span<byte> header = stackalloc byte[sizeof(ulong) + sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[sizeof(ulong)..], MaskedCrc(header[..sizeof(ulong)]));
        _waiting.Write(header);
        _waiting.Write(record);
        BinaryPrimitives.WriteUInt32LittleEndian(_waiting.GetSpan(sizeof(uint)), MaskedCrc(record));
        _waiting.Advance(sizeof(uint));
    }

    /// <summary>Gives the records to the system.</summary>
    /// <exception cref="IOException">The disk is full, or gone.</exception>
    public void Flush()
    {
        if (_waiting.WrittenCount == 0) return;
        _file.Write(_waiting.WrittenSpan);
        _waiting.Clear();
    }

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();

    /// <summary>Masked, because a CRC over bytes that hold CRCs tells little.</summary>
    private static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        var crc = Crc32C.Of(bytes);
        return unchecked(((crc >> 15) | (crc << 17)) + 0xA282EAD8);
    }
}
