using System.Text;
using System.Text.Json;

namespace MiniBatch.LivePage.Feed;

/// <summary>
/// A ledger that is read while it grows, some of its lines: where more have come than are wanted, lines are taken at equal distances,
/// by their place in the file, so that a look at a ledger of gigabytes costs what a look at a short one does. Lines are handed on as
/// the text that they are.
/// </summary>
/// <param name="path">The file; there need be none yet.</param>
public sealed class LedgerTail(string path)
{
    /// <summary>The longest line that is looked for; one of a run with 64 slots takes about 10 KB.</summary>
    private const int LineBytesMax = 1 << 20;

    /// <summary>What a usual line is shorter than: a range of so many for each that is wanted is read whole.</summary>
    private const int LineBytes = 1024;

    private long _position;

    /// <summary>What was read.</summary>
    /// <param name="Lines">In the file's order, the last whole line among them.</param>
    /// <param name="IsSampled">Whether there were more.</param>
    /// <param name="WasCutOff">Whether the file is shorter than it was: a coordinator goes on from a checkpoint, and steps are computed again.</param>
    public sealed record Batch(IReadOnlyList<string> Lines, bool IsSampled, bool WasCutOff);

    /// <summary>Reads on from where the last call ended.</summary>
    /// <param name="max">The most lines that are wanted, ≥ 1.</param>
    public Batch Read(int max)
    {
        if (!File.Exists(path)) return new Batch([], false, false);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var wasCutOff = file.Length < _position;
        if (wasCutOff) _position = LineStart(file, file.Length, from: 0);
        var end = LineStart(file, file.Length, _position);   // after the last whole line
        if (end <= _position) return new Batch([], false, wasCutOff);
        var (lines, isSampled) = Sample(file, _position, end, max);
        _position = end;
        return new Batch(lines, isSampled, wasCutOff);
    }

    /// <summary>The whole file, or so many lines of it at equal distances.</summary>
    public static IReadOnlyList<string> Sample(string path, int max)
    {
        var tail = new LedgerTail(path);
        return tail.Read(max).Lines;
    }

    /// <summary>The line of a step; null where there is none.</summary>
    /// <param name="path">The ledger.</param>
    /// <param name="step">As its lines have it.</param>
    public static string? Find(string path, long step)
    {
        if (!File.Exists(path)) return null;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        // Lines have their steps in order, so a bisection by bytes finds one.
        var (low, high) = (0L, LineStart(file, file.Length, 0));
        while (low < high)
        {
            var start = LineStart(file, (low + high) / 2, low);
            var line = LineAt(file, start);
            if (StepOf(line) is not { } found) return null;
            if (found == step) return line;
            if (found < step) low = start + Encoding.UTF8.GetByteCount(line) + 1;
            else high = start;
        }
        return null;
    }

    /// <summary>The number of a line's step; null where it is no ledger line.</summary>
    public static long? StepOf(string line)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(line));
        try
        {
            while (reader.Read())
                if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("step") && reader.Read()) return reader.GetInt64();
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
        return null;
    }

    private static (IReadOnlyList<string> Lines, bool IsSampled) Sample(FileStream file, long start, long end, int max)
    {
        // About as many as are wanted: read all, and see.
        if (end - start <= Math.Max(16 * 1024, (long)max * LineBytes))
        {
            var all = Read(file, start, (int)(end - start)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (all.Length <= max) return (all, false);
            var some = new string[max];
            for (var i = 0; i < max; i++) some[i] = all[(int)((i + 1L) * all.Length / max) - 1];
            return (some, true);
        }
        var lines = new List<string>();
        var last = -1L;
        for (var i = 0; i < max; i++)
        {
            // The last byte of the range is the last line's end.
            var at = LineStart(file, start + (end - 1 - start) * (i + 1) / max, start);
            if (at == last) continue;
            last = at;
            lines.Add(LineAt(file, at));
        }
        return (lines, true);
    }

    /// <summary>Where the line begins that a place is in: after the line feed before it.</summary>
    private static long LineStart(FileStream file, long place, long from)
    {
        Span<byte> chunk = stackalloc byte[4096];
        while (place > from)
        {
            var length = (int)Math.Min(chunk.Length, place - from);
            file.Position = place - length;
            file.ReadExactly(chunk[..length]);
            var feed = chunk[..length].LastIndexOf((byte)'\n');
            if (feed >= 0) return place - length + feed + 1;
            place -= length;
        }
        return from;
    }

    private static string LineAt(FileStream file, long start)
    {
        for (var length = 4096; ; length *= 2)
        {
            // Of what was read only the line is made text: that is most of what a look costs.
            var bytes = ReadBytes(file, start, (int)Math.Min(length, file.Length - start));
            var feed = Array.IndexOf(bytes, (byte)'\n');
            if (feed >= 0) return Encoding.UTF8.GetString(bytes, 0, feed);
            if (length >= LineBytesMax || start + length >= file.Length) return Encoding.UTF8.GetString(bytes);
        }
    }

    private static string Read(FileStream file, long start, int length) => Encoding.UTF8.GetString(ReadBytes(file, start, length));

    private static byte[] ReadBytes(FileStream file, long start, int length)
    {
        var bytes = new byte[length];
        file.Position = start;
        file.ReadExactly(bytes);
        return bytes;
    }
}
