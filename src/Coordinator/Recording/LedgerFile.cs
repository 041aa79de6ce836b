using System.Buffers;
using System.Text;
using MiniBatch.Shared.Files;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.Recording;

/// <summary>A place in the ledger.</summary>
/// <param name="Length">Bytes before it.</param>
/// <param name="Chain">The chain there.</param>
public sealed record LedgerMark(long Length, string Chain)
{
    /// <summary>Before the first line of a run that starts from its seed.</summary>
    public static readonly LedgerMark Start = new(0, LedgerCodec.ChainStart);

    /// <summary>Before the first line of a run.</summary>
    public static LedgerMark StartOf(RunSpec spec) => new(0, LedgerCodec.ChainStartOf(spec.Origin));
}

/// <summary>The ledger's file, open for appending. Used by one thread at a time.</summary>
public sealed class LedgerFile : IDisposable
{
    private const int CopyBytes = 1 << 20;

    private readonly IFileSystem _files;
    private readonly string _path;
    private IOpenFile _file;
    private readonly ArrayBufferWriter<byte> _pending = new(1 << 12);
    private long _written;
    private string _chain;

    /// <summary>Opens the ledger at a mark; what is beyond it is read, and there until it is cut off.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="path">The file; made where it does not exist and the mark is the start.</param>
    /// <param name="mark">Where to go on.</param>
    /// <exception cref="UserErrorException">The file ends before the mark, or has another line there.</exception>
    public LedgerFile(IFileSystem files, string path, LedgerMark mark)
    {
        _files = files;
        _path = path;
        _file = files.Open(path, FileMode.OpenOrCreate, FileShare.Read);
        _chain = mark.Chain;
        _written = mark.Length;
        var length = _file.Length;
        if (length < mark.Length || !EndsAt(_file, mark))
        {
            _file.Dispose();
            throw new UserErrorException(length < mark.Length
                ? $"{path} has {length} bytes and the checkpoint says {mark.Length}: lines are missing; resume needs the whole ledger"
                : $"{path} has another line at byte {mark.Length} than the one that the checkpoint was written after; resume needs the run's own ledger");
        }
        var rest = new byte[length - mark.Length];
        _file.Read(mark.Length, rest);
        Beyond = LinesOf(rest, mark.Chain);
    }

    /// <summary>The whole, sound lines beyond the mark at which the ledger was opened; what a crash tore is left out.</summary>
    public IReadOnlyList<LedgerLine> Beyond { get; }

    /// <summary>
    /// Cuts off what is beyond the mark, before the first line is appended. What is left becomes a file of its own: a coordinator that was
    /// stopped and is woken beside this one still has the old file open, and lines that it appends must not get in here.
    /// </summary>
    public void CutOff()
    {
        AtomicFile.Write(_files, _path, copy =>
        {
            var part = new byte[Math.Min(_written, CopyBytes)];
            for (var offset = 0L; offset < _written; offset += part.Length)
            {
                var bytes = part.AsMemory(0, (int)Math.Min(part.Length, _written - offset));
                _file.Read(offset, bytes.Span);
                copy.Write(offset, [bytes]);
            }
        });
        _file.Dispose();
        _file = _files.Open(_path, FileMode.OpenOrCreate, FileShare.Read);
    }

    /// <summary>Where the next line goes; not synced yet.</summary>
    public LedgerMark Mark => new(_written + _pending.WrittenCount, _chain);

    /// <summary>Appends a line; the system has it with the next <see cref="Flush"/>.</summary>
    public void Append(LedgerLine line) => _chain = LedgerCodec.Write(_pending, line, _chain);

    /// <summary>Gives the lines to the system.</summary>
    public void Flush()
    {
        if (_pending.WrittenCount == 0) return;
        _file.Write(_written, [_pending.WrittenMemory]);
        _written += _pending.WrittenCount;
        _pending.ResetWrittenCount();
    }

    /// <summary>Waits until the lines are on the disk.</summary>
    public void Sync()
    {
        Flush();
        _file.Sync();
    }

    /// <summary>Lets the file go; lines that were not given to the system are lost.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>Whether the line before a mark is the one that the mark was set after.</summary>
    private static bool EndsAt(IOpenFile file, LedgerMark mark)
    {
        if (mark.Length == 0) return true;
        var end = Encoding.ASCII.GetBytes($"{mark.Chain}\"}}\n");
        if (mark.Length < end.Length) return false;
        var there = new byte[end.Length];
        file.Read(mark.Length - end.Length, there);
        return there.AsSpan().SequenceEqual(end);
    }

    private static List<LedgerLine> LinesOf(ReadOnlySpan<byte> rest, string chain)
    {
        var lines = new List<LedgerLine>();
        while (rest.IndexOf((byte)'\n') is var end and >= 0)
        {
            try
            {
                (var line, chain) = LedgerCodec.Read(rest[..end], chain);
                lines.Add(line);
            }
            catch (LedgerException)
            {
                break;   // a crash tore it; it is computed again
            }
            rest = rest[(end + 1)..];
        }
        return lines;
    }
}
