using System.Buffers;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;

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
    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private string _chain;

    /// <summary>Opens the ledger at a mark; what is beyond it is read, and there until it is cut off.</summary>
    /// <param name="path">The file; made where it does not exist and the mark is the start.</param>
    /// <param name="mark">Where to go on.</param>
    /// <exception cref="UserErrorException">The file ends before the mark.</exception>
    public LedgerFile(string path, LedgerMark mark)
    {
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 1 << 16);
        _chain = mark.Chain;
        if (_file.Length < mark.Length)
        {
            var length = _file.Length;
            _file.Dispose();
            throw new UserErrorException($"{path} has {length} bytes and the checkpoint says {mark.Length}: lines are missing; resume needs the whole ledger");
        }
        Beyond = ReadBeyond(mark);
        _file.Position = mark.Length;
    }

    /// <summary>The whole, sound lines beyond the mark at which the ledger was opened; what a crash tore is left out.</summary>
    public IReadOnlyList<LedgerLine> Beyond { get; }

    /// <summary>Cuts off what is beyond the mark, before the first line is appended.</summary>
    public void CutOff() => _file.SetLength(_file.Position);

    /// <summary>Where the next line goes; not synced yet.</summary>
    public LedgerMark Mark => new(_file.Position, _chain);

    /// <summary>Appends a line.</summary>
    public void Append(LedgerLine line)
    {
        _line.Clear();
        _chain = LedgerCodec.Write(_line, line, _chain);
        _file.Write(_line.WrittenSpan);
    }

    /// <summary>Gives the lines to the system.</summary>
    public void Flush() => _file.Flush();

    /// <summary>Waits until the lines are on the disk.</summary>
    public void Sync() => _file.Flush(flushToDisk: true);

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();

    private List<LedgerLine> ReadBeyond(LedgerMark mark)
    {
        var lines = new List<LedgerLine>();
        _file.Position = mark.Length;
        var rest = new byte[_file.Length - mark.Length];
        _file.ReadExactly(rest);
        var chain = mark.Chain;
        for (var start = 0; start < rest.Length;)
        {
            var end = Array.IndexOf(rest, (byte)'\n', start);
            if (end < 0) break;
            try
            {
                (var line, chain) = LedgerCodec.Read(rest.AsSpan(start, end - start), chain);
                lines.Add(line);
            }
            catch (LedgerException)
            {
                break;   // a crash tore it; it is computed again
            }
            start = end + 1;
        }
        return lines;
    }
}
