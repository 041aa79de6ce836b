using System.Buffers.Binary;
using Tensorboard;

namespace MiniBatch.Coordinator.Tests.TensorBoard;

/// <summary>
/// Reads event files as TensorBoard does, and with nothing of ours: the framing and its checksums bit by bit, the messages by the
/// classes that TorchSharp has, which were generated of TensorFlow's own definitions.
/// </summary>
internal static class EventFiles
{
    /// <summary>The files of a folder in the order in which TensorBoard reads them.</summary>
    public static string[] In(string folder) => [.. Directory.GetFiles(folder).Where(path => path.Contains("tfevents", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>The events of one file; each must be whole and sound.</summary>
    public static List<Event> Read(string path)
    {
        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        var events = new List<Event>();
        while (rest.Length > 0)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(rest);
            Assert.Equal(MaskedCrc(rest[..8]), BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]));
            var record = rest.Slice(12, length);
            Assert.Equal(MaskedCrc(record), BinaryPrimitives.ReadUInt32LittleEndian(rest[(12 + length)..]));
            events.Add(Event.Parser.ParseFrom(record.ToArray()));   // of spans these classes, older than them, know nothing
            rest = rest[(16 + length)..];
        }
        return events;
    }

    /// <summary>
    /// What TensorBoard shows of a run: the points of each tag, in the order in which they came. A restart makes void what came before
    /// it with its step or a later one (<c>_CheckForRestartAndMaybePurge</c> of TensorBoard's event accumulator).
    /// </summary>
    public static Dictionary<string, List<(long Step, Summary.Types.Value Value)>> Shown(string folder)
    {
        var shown = new Dictionary<string, List<(long Step, Summary.Types.Value Value)>>();
        foreach (var @event in In(folder).SelectMany(Read))
        {
            if (@event.SessionLog?.Status == SessionLog.Types.SessionStatus.Start)
            {
                foreach (var points in shown.Values) points.RemoveAll(point => point.Step >= @event.Step);
            }
            foreach (var value in @event.Summary?.Value ?? [])
            {
                if (!shown.TryGetValue(value.Tag, out var points)) shown[value.Tag] = points = [];
                points.Add((@event.Step, value));
            }
        }
        return shown;
    }

    // Castagnoli's polynomial, reflected; then TensorFlow's mask.
    private static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0x82F63B78;
        }
        return unchecked(uint.RotateRight(~crc, 15) + 0xA282EAD8);
    }
}
