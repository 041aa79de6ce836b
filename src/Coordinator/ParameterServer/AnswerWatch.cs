using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>
/// Knows for how long each worker owes an answer, and so which one is stuck: its process is alive and beats, but what it was
/// asked to compute never comes. Pure; owned by the exchange thread.
/// </summary>
/// <remarks>
/// Looks at who holds open work every <see cref="LookInterval"/>, not at every order: a step would pay for what matters once a
/// run. Whoever was seen holding some and has answered nothing since, in this step or a later one, owes. That another worker was
/// faster pays no debt: a stuck worker whose slots are backed up would else delay every step and never be found.
/// </remarks>
/// <param name="limit">Within it nobody is stuck.</param>
public sealed class AnswerWatch(TimeSpan limit)
{
    /// <summary>How often it is looked who holds open work.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Nobody is stuck within so many of the recent steps either.</summary>
    public const int Factor = 50;

    private readonly Dictionary<WorkerId, TimeSpan> _owesSince = [];
    private TimeSpan _nextLook;

    /// <summary>The worker answered something, or has forgotten what it was asked.</summary>
    public void Settle(WorkerId worker) => _owesSince.Remove(worker);

    /// <summary>Whether it is time to look.</summary>
    public bool IsDue(TimeSpan now) => now >= _nextLook;

    /// <summary>Finds the workers that have owed an answer for too long; each is told once, and then owes anew.</summary>
    /// <param name="workers">Those who take part; the others owe nothing.</param>
    /// <param name="holdsWork">Whether a worker holds something that is open.</param>
    /// <param name="pace">How long a step takes, at the median of the recent ones.</param>
    /// <param name="now">Any monotonic time.</param>
    public IReadOnlyList<(WorkerId Worker, TimeSpan Owed)> Look(
        IReadOnlyList<WorkerId> workers, Predicate<WorkerId> holdsWork, TimeSpan pace, TimeSpan now)
    {
        _nextLook = now + LookInterval;
        foreach (var worker in _owesSince.Keys)
        {
            if (!workers.Contains(worker)) _owesSince.Remove(worker);
        }
        var stuck = new List<(WorkerId, TimeSpan)>();
        foreach (var worker in workers)
        {
            if (!holdsWork(worker)) continue;
            _owesSince.TryAdd(worker, now);
            var owed = now - _owesSince[worker];
            if (owed < limit || owed < Factor * pace) continue;
            _owesSince.Remove(worker);
            stuck.Add((worker, owed));
        }
        return stuck;
    }
}
