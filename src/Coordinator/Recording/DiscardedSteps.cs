using System.Buffers;
using MiniBatch.Shared.Files;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.Recording;

/// <summary>
/// Committed steps whose ledger lines were cut off because the run went back to a checkpoint before them. Their lines are kept in
/// a file until all are computed again: a coordinator that dies on the way loses none that is still to be compared.
/// </summary>
public sealed class DiscardedSteps
{
    private readonly IFileSystem _files;
    private readonly string _path;
    private readonly Dictionary<long, LedgerLine> _lines = [];

    /// <summary>Puts what is cut off now to what an earlier coordinator has not computed again.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="path">The file; it exists while there are such steps.</param>
    /// <param name="version">Of the checkpoint that the run goes on from.</param>
    /// <param name="cutOff">The lines beyond it; they must still be in the ledger.</param>
    /// <exception cref="UserErrorException">The file is damaged.</exception>
    public DiscardedSteps(IFileSystem files, string path, long version, IReadOnlyList<LedgerLine> cutOff)
    {
        _files = files;
        _path = path;
        foreach (var line in Read(files, path).Concat(cutOff))
        {
            if (line.Step > version) _lines[line.Step] = line;
        }
        if (_lines.Count > 0) Write();
        else Settle();
    }

    /// <summary>Steps that are to be computed again.</summary>
    public int Count => _lines.Count;

    /// <summary>A step is computed: its earlier line, or null where it never had one.</summary>
    public LedgerLine? Take(long step) => _lines.Remove(step, out var before) ? before : null;

    /// <summary>What was computed again is in the ledger and on the disk. The file goes with the last of them.</summary>
    public void Settle()
    {
        if (_lines.Count == 0) _files.Delete(_path);
    }

    private void Write()
    {
        var content = new ArrayBufferWriter<byte>();
        var chain = LedgerCodec.ChainStart;
        foreach (var line in _lines.Values.OrderBy(line => line.Step)) chain = LedgerCodec.Write(content, line, chain);
        AtomicFile.Write(_files, _path, content.WrittenMemory);
    }

    private static List<LedgerLine> Read(IFileSystem files, string path)
    {
        var lines = new List<LedgerLine>();
        if (!files.Exists(path)) return lines;
        var chain = LedgerCodec.ChainStart;
        var rest = files.ReadAllBytes(path).AsSpan().TrimEnd((byte)'\n');
        if (rest.IsEmpty) return lines;
        foreach (var range in rest.Split((byte)'\n'))
        {
            try
            {
                (var line, chain) = LedgerCodec.Read(rest[range], chain);
                lines.Add(line);
            }
            catch (LedgerException e)
            {
                throw new UserErrorException(
                    $"{path} is damaged at line {lines.Count + 1}: {e.Message}; remove it to go on without comparing the steps in it", cause: e);
            }
        }
        return lines;
    }
}
