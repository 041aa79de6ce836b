using MiniBatch.Coordinator.Membership;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>
/// The open items of one piece of shared work (slots of a step, blocks of an evaluation): which are done, and who holds
/// those that are not. Pure; owned by one thread.
/// </summary>
public sealed class WorkBoard
{
    private readonly bool[] _done;
    private readonly WorkerId?[] _holder;
    private readonly WorkerId?[] _backup;
    private readonly bool[] _lost;

    /// <summary>Opens work of so many items, none done, none held.</summary>
    public WorkBoard(int itemCount)
    {
        _done = new bool[itemCount];
        _holder = new WorkerId?[itemCount];
        _backup = new WorkerId?[itemCount];
        _lost = new bool[itemCount];
        Remaining = itemCount;
    }

    /// <summary>Items of this work.</summary>
    public int ItemCount => _done.Length;

    /// <summary>Items that are not done.</summary>
    public int Remaining { get; private set; }

    /// <summary>Items that were taken from one worker and given to another, since the start.</summary>
    public int Reassigned { get; private set; }

    /// <summary>Whether the item is done.</summary>
    public bool IsDone(int item) => _done[item];

    /// <summary>Whether a worker holds an open item, or backs one up.</summary>
    public bool Occupies(WorkerId worker)
    {
        for (var item = 0; item < ItemCount; item++)
        {
            if (!_done[item] && (_holder[item] == worker && !_lost[item] || _backup[item] == worker)) return true;
        }
        return false;
    }

    /// <summary>Who holds the item, or held it when it was done.</summary>
    public WorkerId? HolderOf(int item) => _holder[item];

    /// <summary>Who computes the item too, because it was late.</summary>
    public WorkerId? BackupOf(int item) => _backup[item];

    /// <summary>Marks an item done.</summary>
    /// <returns>False where it was done already.</returns>
    public bool Complete(int item)
    {
        if (_done[item]) return false;
        _done[item] = true;
        Remaining--;
        return true;
    }

    /// <summary>
    /// Gives every item that is not done and that nobody of the assignment holds to somebody of it: at the opening by
    /// <see cref="Assignment.OwnerOf"/>, later to those who have the least to do. Items that are held stay where they
    /// are, so a worker that is new gets none until the next opening or the next loss.
    /// </summary>
    /// <returns>
    /// What each worker newly holds, in the assignment's order; empty where nobody is left. Whoever comes then is given
    /// all of it, also the very worker that held it and has forgotten it with its connection.
    /// </returns>
    public IReadOnlyList<(WorkerId Worker, int[] Items)> Deal(Assignment assignment)
    {
        var workers = assignment.Workers;
        var index = new Dictionary<WorkerId, int>(workers.Count);
        for (var w = 0; w < workers.Count; w++) index[workers[w]] = w;

        Lose(holder => !index.ContainsKey(holder));
        if (workers.Count == 0) return [];

        var load = new int[workers.Count];
        var opening = true;
        for (var item = 0; item < ItemCount; item++)
        {
            if (_holder[item] is not { } holder) continue;
            opening = false;
            if (!_done[item] && !_lost[item]) load[index[holder]]++;
        }

        var dealt = new List<int>?[workers.Count];
        for (var item = 0; item < ItemCount; item++)
        {
            if (_done[item] || _holder[item] is not null && !_lost[item]) continue;
            var w = opening ? index[assignment.OwnerOf(item, ItemCount)] : Array.IndexOf(load, load.Min());
            if (_holder[item] is { } before && before != workers[w]) Reassigned++;
            _holder[item] = workers[w];
            _lost[item] = false;
            load[w]++;
            (dealt[w] ??= []).Add(item);
        }
        return [.. Enumerable.Range(0, workers.Count)
            .Where(w => dealt[w] is not null)
            .Select(w => (workers[w], dealt[w]!.ToArray()))];
    }

    /// <summary>
    /// Gives open items also to those who have nothing to do, one copy an item: whoever is first counts. The holder keeps it.
    /// </summary>
    /// <returns>What each idle worker is to compute, and whom it backs up.</returns>
    public IReadOnlyList<(WorkerId Worker, int Item, WorkerId Straggler)> BackUp(Assignment assignment)
    {
        var given = new List<(WorkerId, int, WorkerId)>();
        if (Remaining == 0) return given;
        var busy = new HashSet<WorkerId>();
        for (var item = 0; item < ItemCount; item++)
        {
            if (_done[item]) continue;
            if (_holder[item] is { } holder) busy.Add(holder);
            if (_backup[item] is { } backup) busy.Add(backup);
        }
        var idle = new Queue<WorkerId>(assignment.Workers.Where(worker => !busy.Contains(worker)));
        for (var item = 0; item < ItemCount && idle.Count > 0; item++)
        {
            if (_done[item] || _lost[item] || _backup[item] is not null || _holder[item] is not { } straggler) continue;
            var worker = idle.Dequeue();
            _backup[item] = worker;
            given.Add((worker, item, straggler));
        }
        return given;
    }

    /// <summary>A worker has forgotten what it holds: the next deal gives it out again, perhaps to the same worker.</summary>
    public void Lose(WorkerId worker) => Lose(holder => holder == worker);

    private void Lose(Predicate<WorkerId> isGone)
    {
        for (var item = 0; item < ItemCount; item++)
        {
            if (_done[item]) continue;
            if (_backup[item] is { } backup && isGone(backup)) _backup[item] = null;
            if (_holder[item] is { } holder && isGone(holder)) _lost[item] = true;
        }
    }
}
