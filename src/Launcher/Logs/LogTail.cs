using System.Text;
using MiniBatch.Shared.Logging;

namespace MiniBatch.Launcher.Logs;

/// <summary>A line as a file has it.</summary>
/// <param name="Read">What it says.</param>
/// <param name="Raw">As it stands there.</param>
/// <param name="FoundAt">When it was read, on the reader's clock.</param>
public sealed record FoundLine(LogLine Read, string Raw, TimeSpan FoundAt);

/// <summary>One node's log file, read from its beginning to its end, and on while it grows; never more of it in memory than a chunk.</summary>
public sealed class LogTail : IDisposable
{
    private const int ChunkBytes = 1 << 16;

    private readonly FileStream _stream;
    private readonly Action<string> _say;
    private readonly Queue<FoundLine> _lines = new();
    private readonly MemoryStream _torn = new();
    private readonly byte[] _chunk = new byte[ChunkBytes];
    private long _lineNumber;
    private bool _hasSaid;

    /// <summary>Opens a file that may still be written to.</summary>
    /// <param name="path">The file; its name is the node's.</param>
    /// <param name="say">Told, once a file, of lines that are no whole events.</param>
    public LogTail(string path, Action<string> say)
    {
        Path = path;
        _say = say;
        _stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

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
