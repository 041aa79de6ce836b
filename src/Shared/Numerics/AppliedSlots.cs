namespace MiniBatch.Shared.Numerics;

/// <summary>
/// Which slots of an epoch's plan are applied, in whatever order they came, and from which version on a whole prefix of steps
/// is contained: what bounded staleness is judged by. Items are slots, numbered through the epoch. Pure.
/// </summary>
public sealed class AppliedSlots
{
    private readonly int _slotCount;
    private readonly bool[] _applied;
    private readonly long[] _containedSince;   // by step: the first version that contains all slots of steps up to it

    /// <summary>Nothing is applied but what an earlier coordinator wrote down.</summary>
    /// <param name="stepCount">Steps of the epoch.</param>
    /// <param name="slotCount">M.</param>
    /// <param name="stepsDone">Steps of which every slot is applied, from the first on.</param>
    /// <param name="ahead">Items applied beyond those.</param>
    /// <param name="version">The version that contains all this.</param>
    public AppliedSlots(int stepCount, int slotCount, int stepsDone, IReadOnlyList<int> ahead, long version)
    {
        _slotCount = slotCount;
        _applied = new bool[stepCount * slotCount];
        _containedSince = new long[stepCount];
        Array.Fill(_applied, true, 0, stepsDone * slotCount);
        Array.Fill(_containedSince, version, 0, stepsDone);
        foreach (var item in ahead) _applied[item] = true;
        StepsDone = stepsDone;
        Count = stepsDone * slotCount + ahead.Count;
    }

    /// <summary>Slots of the epoch.</summary>
    public int ItemCount => _applied.Length;

    /// <summary>Items that are applied.</summary>
    public int Count { get; private set; }

    /// <summary>Steps of which every slot is applied, from the first on.</summary>
    public int StepsDone { get; private set; }

    /// <summary>Items applied beyond <see cref="StepsDone"/>, in order.</summary>
    public int[] Ahead => [.. Enumerable.Range(StepsDone * _slotCount, ItemCount - StepsDone * _slotCount).Where(item => _applied[item])];

    /// <summary>Whether the item is applied.</summary>
    public bool IsApplied(int item) => _applied[item];

    /// <summary>The item was applied, and made this version.</summary>
    public void Apply(int item, long version)
    {
        _applied[item] = true;
        Count++;
        while (StepsDone < _containedSince.Length && _applied.AsSpan(StepsDone * _slotCount, _slotCount).IndexOf(false) < 0)
            _containedSince[StepsDone++] = version;
    }

    /// <summary>Whether a version contains all slots of the first so many steps.</summary>
    public bool Contains(long version, int steps) => steps <= 0 || steps <= StepsDone && _containedSince[steps - 1] <= version;
}
