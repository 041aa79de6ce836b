namespace MiniBatch.Shared.Logging;

/// <summary>
/// The log files of a run as one, by time: of the files' next lines always the earliest, so that each file keeps its order and
/// nothing is sorted in memory. Files that appear later join in. Clocks of different machines are taken as they are.
/// </summary>
/// <param name="folder">The run's folder of logs.</param>
/// <param name="wants">Which nodes' files to read.</param>
/// <param name="say">Told of lines that are no whole events.</param>
public sealed class MergedLog(string folder, Func<string, bool> wants, Action<string> say) : IDisposable
{
    private readonly SortedDictionary<string, LogTail> _tails = new(StringComparer.Ordinal);

    /// <summary>The nodes that have a file in a folder.</summary>
    public static IReadOnlyList<string> NodesIn(string folder) => Directory.Exists(folder)
        ? [.. Directory.GetFiles(folder).Select(LogFileNames.NodeOf).OfType<string>().Distinct().Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The lines that there are and were not handed out yet.</summary>
    /// <param name="now">On the caller's clock.</param>
    /// <param name="hold">
    /// A line waits until it was found so long ago: one of another file that is earlier, and found a little later, then goes first.
    /// Zero where nothing is being written any more.
    /// </param>
    public IEnumerable<FoundLine> Read(TimeSpan now, TimeSpan hold)
    {
        OpenNew();
        while (Earliest(now) is { } tail && tail.Peek(now) is { } line && now - line.FoundAt >= hold)
        {
            tail.Take();
            yield return line;
        }
    }

    /// <summary>Says of half lines at the files' ends that they are.</summary>
    public void Finish()
    {
        foreach (var tail in _tails.Values) tail.Finish();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var tail in _tails.Values) tail.Dispose();
    }

    /// <summary>The file whose next line is the earliest; of two at the same time the first by name.</summary>
    private LogTail? Earliest(TimeSpan now)
    {
        LogTail? earliest = null;
        foreach (var tail in _tails.Values)
            if (tail.Peek(now) is { } line && (earliest is null || line.Read.Time < earliest.Peek(now)!.Read.Time)) earliest = tail;
        return earliest;
    }

    private void OpenNew()
    {
        foreach (var node in NodesIn(folder).Where(wants))
            if (!_tails.ContainsKey(node)) _tails.Add(node, new LogTail(LogFileNames.Current(folder, node), say));
    }
}
