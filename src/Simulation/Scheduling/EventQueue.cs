namespace MiniBatch.Simulation.Scheduling;

/// <summary>Something that happens at a time, on a thread.</summary>
/// <param name="Time">Virtual.</param>
/// <param name="Order">Of those at one time; also kept where an event is put off.</param>
/// <param name="Thread">Whose it is.</param>
/// <param name="Run">What happens.</param>
internal readonly record struct SimulatedEvent(long Time, long Order, SimulatedThread Thread, Action Run);

/// <summary>The events to come, the earliest first: a binary heap.</summary>
internal sealed class EventQueue
{
    private SimulatedEvent[] _heap = new SimulatedEvent[256];

    public int Count { get; private set; }

    public void Add(in SimulatedEvent e)
    {
        if (Count == _heap.Length) Array.Resize(ref _heap, 2 * _heap.Length);
        var at = Count++;
        while (at > 0)
        {
            var parent = (at - 1) / 2;
            if (!IsBefore(e, _heap[parent])) break;
            _heap[at] = _heap[parent];
            at = parent;
        }
        _heap[at] = e;
    }

    public SimulatedEvent Take()
    {
        var first = _heap[0];
        var last = _heap[--Count];
        _heap[Count] = default;
        if (Count == 0) return first;
        var at = 0;
        while (true)
        {
            var child = 2 * at + 1;
            if (child >= Count) break;
            if (child + 1 < Count && IsBefore(_heap[child + 1], _heap[child])) child++;
            if (!IsBefore(_heap[child], last)) break;
            _heap[at] = _heap[child];
            at = child;
        }
        _heap[at] = last;
        return first;
    }

    private static bool IsBefore(in SimulatedEvent a, in SimulatedEvent b) => a.Time != b.Time ? a.Time < b.Time : a.Order < b.Order;
}
