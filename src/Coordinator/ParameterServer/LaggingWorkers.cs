using MiniBatch.Coordinator.Membership;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>
/// Workers whose slots were late and had to be given to others, and that have answered nothing since. They are dealt nothing until they
/// do: a process that hangs makes one step late, and not every step until its silence is noticed. Pure; owned by the exchange thread.
/// </summary>
public sealed class LaggingWorkers
{
    private readonly HashSet<WorkerId> _lagging = [];

    /// <summary>A slot of the worker's was late, and another computes it too.</summary>
    public void Add(WorkerId worker) => _lagging.Add(worker);

    /// <summary>The worker answered something, or has forgotten what it was asked.</summary>
    public void Settle(WorkerId worker) => _lagging.Remove(worker);

    /// <summary>Whether the worker owes an answer that was late.</summary>
    public bool Contains(WorkerId worker) => _lagging.Contains(worker);

    /// <summary>An assignment without those who lag; the same where nobody else takes part.</summary>
    public Assignment LeftOutOf(Assignment assignment)
    {
        if (_lagging.Count == 0) return assignment;
        WorkerId[] timely = [.. assignment.Workers.Where(worker => !_lagging.Contains(worker))];
        return timely.Length is 0 || timely.Length == assignment.Workers.Count ? assignment : assignment with { Workers = timely };
    }
}
