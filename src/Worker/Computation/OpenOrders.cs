using MiniBatch.Shared.DataPlane;

namespace MiniBatch.Worker.Computation;

/// <summary>
/// What a worker was asked for over one connection and has not computed yet, and which version it holds. Pure; owned by the compute
/// thread.
/// </summary>
public sealed class OpenOrders
{
    private readonly Queue<int> _slots = new();
    private long? _held;

    /// <summary>The order that the open slots are of: the newest.</summary>
    public StepOrder Order { get; private set; }

    /// <summary>Slots that are open.</summary>
    public int Count => _slots.Count;

    /// <summary>This worker has initialised the model: it holds version 0.</summary>
    public void Initialise() => _held = 0;

    /// <summary>An order to compute slots came. Slots of another step are not worth computing any more: that step is over.</summary>
    /// <param name="order">The order.</param>
    /// <param name="hasVersion">Whether its version came along.</param>
    /// <exception cref="ConnectionLostException">This worker does not hold the version.</exception>
    public void Add(in StepOrder order, bool hasVersion)
    {
        RequireHeld(order.Version, hasVersion);
        if (order.Step != Order.Step) _slots.Clear();
        Order = order;
        foreach (var slot in order.Slots.Items) _slots.Enqueue(slot);
    }

    /// <summary>An order to evaluate came: every step before it is over.</summary>
    /// <param name="order">The order.</param>
    /// <param name="hasVersion">Whether its version came along.</param>
    /// <exception cref="ConnectionLostException">This worker does not hold the version.</exception>
    public void Add(in EvaluationOrder order, bool hasVersion)
    {
        _slots.Clear();
        RequireHeld(order.Version, hasVersion);
    }

    /// <summary>An order for somebody who watches came. With a new version, slots of another are over: no worker is sent one while its slot is open.</summary>
    /// <param name="order">The order.</param>
    /// <param name="hasVersion">Whether its version came along.</param>
    /// <exception cref="ConnectionLostException">This worker does not hold the version.</exception>
    public void Add(in ForwardOrder order, bool hasVersion)
    {
        if (hasVersion) _slots.Clear();
        RequireHeld(order.Version, hasVersion);
    }

    /// <summary>The slot to compute next.</summary>
    public int Take() => _slots.Dequeue();

    /// <summary>A gradient says which version it was computed from: that must be true whatever the server believes.</summary>
    private void RequireHeld(long version, bool hasVersion)
    {
        if (hasVersion) _held = version;
        if (_held != version)
            throw new ConnectionLostException($"the server asked for version {version} and sent none; this worker holds {(_held is null ? "none" : _held)}");
    }
}
