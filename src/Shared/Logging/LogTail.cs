using System.Text;

namespace MiniBatch.Shared.Logging;

/// <summary>A line as a file has it.</summary>
/// <param name="Read">What it says.</param>
/// <param name="Raw">As it stands there.</param>
/// <param name="FoundAt">When it was read, on the reader's clock.</param>
public sealed record FoundLine(LogLine Read, string Raw, TimeSpan FoundAt);

/// <summary>
/// One node's log, read from its beginning to its end, and on while it grows: its full files one after the other, then the one that is
/// written to. Never more of it in memory than a chunk.
/// </summary>
public sealed class LogTail : IDisposable
{
    private const int ChunkBytes = 1 << 16;

    private readonly string _current;
    private readonly Action<string> _say;
    private readonly Queue<FoundLine> _lines = new();
    private readonly MemoryStream _torn = new();
    private readonly byte[] _chunk = new byte[ChunkBytes];
    private FileStream _stream;
    private int _number;   // of the full file that is read, or that the current one will be
    private long _lineNumber;
    private bool _hasSaid;

    /// <summary>Opens a file that may still be written to.</summary>
    /// <param name="path">The file that is written to; its name is the node's.</param>
    /// <param name="say">Told, once a file, of lines that are no whole events.</param>
    public LogTail(string path, Action<string> say)
    {
        _current = path;
        _say = say;
        (_stream, _number) = OpenAfter(0) ?? throw new FileNotFoundException($"{path} has gone");
    }

    /// <summary>The file that is read.</summary>
    public string Path => _stream.Name;

    /// <summary>Its next line, which stays the next until it is taken; null where there is none by now.</summary>
    /// <param name="now">On the reader's clock.</param>
    public FoundLine? Peek(TimeSpan now)
    {
        while (_lines.Count == 0 && ReadChunk(now))
        {
            // A chunk of lines that are none of ours is followed by the next.
        }
        return _lines.TryPeek(out var line) ? line : null;
    }

    /// <summary>Takes the line that was seen.</summary>
    public void Take() => _lines.Dequeue();

    /// <summary>Says of half a line at the file's end that it is one; for when nobody waits for its other half.</summary>
    public void Finish()
    {
        if (_torn.Length == 0) return;
        _lineNumber++;
        SayTorn();
    }

    /// <inheritdoc />
    public void Dispose() => _stream.Dispose();

    private bool ReadChunk(TimeSpan now)
    {
        var count = _stream.Read(_chunk);
        if (count == 0 && IsSetAside)
        {
            // What came between that look and its setting aside is still in it.
            count = _stream.Read(_chunk);
            if (count == 0 && OpenAfter(_number) is { } next)
            {
                Finish();
                _torn.SetLength(0);
                _stream.Dispose();
                (_stream, _number) = next;
                _lineNumber = 0;
                count = _stream.Read(_chunk);
            }
        }
        var rest = _chunk.AsSpan(0, count);
        while (rest.IndexOf((byte)'\n') is >= 0 and var end)
        {
            _torn.Write(rest[..end]);
            rest = rest[(end + 1)..];
            Add(Encoding.UTF8.GetString(_torn.GetBuffer(), 0, (int)_torn.Length), now);
            _torn.SetLength(0);
        }
        _torn.Write(rest);
        return count > 0;
    }

    /// <summary>The first file after the full one of a number, and its own number; null where there is none yet.</summary>
    private (FileStream Stream, int Number)? OpenAfter(int number)
    {
        while (true)
        {
            var full = LogFileNames.FullOf(_current);
            var next = full.FirstOrDefault(other => other > number);
            try
            {
                if (next > 0) return (Open(LogFileNames.Full(_current, next)), next);
                var stream = Open(_current);
                // Else it was set aside between the two looks, and this is a later one.
                if (LogFileNames.FullOf(_current).SequenceEqual(full)) return (stream, Math.Max(number, full.LastOrDefault()) + 1);
                stream.Dispose();
            }
            catch (FileNotFoundException) when (!LogFileNames.FullOf(_current).SequenceEqual(full))
            {
                // Set aside, or too old to be kept, between the two looks.
            }
            catch (FileNotFoundException)
            {
                return null;
            }
        }
    }

    private static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>Whether the file that is read will not grow any more.</summary>
    /// <remarks>Looked at often: two questions to the file system, not a listing.</remarks>
    private bool IsSetAside =>
        File.Exists(LogFileNames.Full(_current, _number)) || _stream.Position > new FileInfo(_current) switch { { Exists: true } now => now.Length, _ => 0 };

    private void Add(string raw, TimeSpan now)
    {
        _lineNumber++;
        if (LogLine.Parse(raw) is { } read) _lines.Enqueue(new FoundLine(read, raw, now));
        else SayTorn();
    }

    private void SayTorn()
    {
        if (_hasSaid) return;
        _hasSaid = true;
        _say($"{Path}, line {_lineNumber}: no whole event (a process was killed as it wrote it, or an older version did); passed over, as all like it");
    }
}
