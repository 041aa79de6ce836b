using MiniBatch.Coordinator.Membership;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using MiniBatch.Simulation.Network;
using MiniBatch.Simulation.Scheduling;

namespace MiniBatch.Simulation.Checks;

/// <summary>
/// Nobody is forgotten: in a synchronous run that has a slot for everyone, whoever takes part, is connected and owes no answer is dealt a slot
/// of each step. Of one coordinator.
/// </summary>
/// <param name="spec">The run's.</param>
internal sealed class DealChecks(RunSpec spec)
{
    /// <summary>A worker that comes in the middle of a step is dealt none of it.</summary>
    private const int StepsMax = 3;

    private readonly Dictionary<DataConnection, Standing> _standings = [];
    private Assignment _assignment = Assignment.Nobody;

    /// <summary>The coordinator dealt anew.</summary>
    public void Assigned(Assignment assignment)
    {
        _assignment = assignment;
        foreach (var standing in _standings.Values) standing.StepsWithout = 0;
    }

    /// <summary>A worker was sent slots of a step. It forgets those of the step before.</summary>
    public void Ordered(DataConnection to, in StepOrder order)
    {
        var standing = Of(to);
        if (standing.Step != order.Step) standing.Owed.Clear();
        standing.Owed.UnionWith(order.Slots.Items);
        standing.Step = order.Step;
        standing.StepsWithout = 0;
    }

    /// <summary>A gradient came, perhaps not for the first time.</summary>
    public void Answered(DataConnection from, in SlotGradient gradient)
    {
        var standing = Of(from);
        if (standing.Step == gradient.Step) standing.Owed.Remove(gradient.Slot);
    }

    /// <summary>A step was committed.</summary>
    public void Committed(IReadOnlyCollection<DataConnection> connections)
    {
        if (!spec.Mode.IsSynchronous || _assignment.Workers.Count > spec.Slots) return;
        foreach (var connection in connections)
        {
            if (!_assignment.Workers.Contains(connection.Worker)) continue;
            var standing = Of(connection);
            if (standing.Owed.Count == 0 && ++standing.StepsWithout > StepsMax)
                throw new InvariantException($"{connection.Worker.Name} takes part and owes nothing, and {StepsMax} steps went by without a slot for it");
        }
    }

    private Standing Of(DataConnection connection)
    {
        if (!_standings.TryGetValue(connection, out var standing)) _standings[connection] = standing = new Standing();
        return standing;
    }

    private sealed class Standing
    {
        public long Step { get; set; }

        public HashSet<int> Owed { get; } = [];

        public int StepsWithout { get; set; }
    }
}
