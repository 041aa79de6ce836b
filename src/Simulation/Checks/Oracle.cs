using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Simulation.Checks;

/// <summary>Something that was applied: a step with all its slots, or one slot on arrival.</summary>
/// <param name="Step">Of the plan, 1-based over the run.</param>
/// <param name="Slot">0-based; −1 for all of the step.</param>
/// <param name="FromVersion">What it was computed from.</param>
/// <param name="IsSkipped">Whether it was left out, because it was not finite.</param>
internal readonly record struct AppliedUpdate(long Step, int Slot, long FromVersion, bool IsSkipped);

/// <summary>
/// A sequential program that trains the synthetic model: no workers, no messages, one update after the other. It has every version,
/// and of the product's classes only the arithmetic of an average and of an update rule.
/// </summary>
internal sealed class Oracle
{
    private readonly RunSpec _spec;
    private readonly ModelLayout _layout;
    private readonly ParameterUpdate _update;
    private readonly List<float[]> _versions = [];
    private readonly List<AppliedUpdate> _applied = [];
    private readonly Dictionary<long, string> _states = [];
    private readonly EpochPlan[] _plans;
    private readonly float[] _mean;
    private long _updates;

    public Oracle(RunSpec spec, ModelLayout layout, EpochPlan[] plans)
    {
        _spec = spec;
        _layout = layout;
        _plans = plans;
        _update = new ParameterUpdate(spec.Optimizer, spec.Clip, spec.CreateSchedule(), layout.ParameterCount);
        _mean = new float[layout.ParameterCount];
        _versions.Add(SyntheticTask.Initial(spec, layout));
    }

    /// <summary>What was applied, in order: the version n is what the first n of it make.</summary>
    public IReadOnlyList<AppliedUpdate> Applied => _applied;

    public long Version => _applied.Count;

    /// <summary>float32[layout.TotalCount] of a version.</summary>
    public float[] At(long version) => _versions[(int)version];

    /// <summary>SHA-256 of a version with the optimizer's state, of those that the ledger has it of; else null.</summary>
    public string? StateSha256(long version) => _states.GetValueOrDefault(version);

    /// <summary>SHA-256 of the newest version with the optimizer's state.</summary>
    public string StateSha256() => ParameterHash.Sha256OfState(_versions[^1], _update.State.Select(state => state.Values));

    /// <summary>Applies what comes next.</summary>
    public void Apply(in AppliedUpdate update)
    {
        var next = (float[])_versions[^1].Clone();
        if (!update.IsSkipped)
        {
            if (update.Slot < 0) ApplyStep(update, next);
            else ApplySlot(update, next);
            _updates++;
        }
        _versions.Add(next);
        _applied.Add(update);
        if (Version % Training.StateHashUpdates == 0) _states[Version] = StateSha256();
    }

    public ReadOnlySpan<int> SamplesOf(long step, int slot) => PlanOf(step, out var stepInEpoch).SlotSamples(stepInEpoch, slot);

    private EpochPlan PlanOf(long step, out int stepInEpoch)
    {
        stepInEpoch = (int)((step - 1) % _spec.StepsPerEpoch);
        return _plans[(step - 1) / _spec.StepsPerEpoch];
    }

    private void ApplyStep(in AppliedUpdate update, float[] next)
    {
        var gradients = new ReadOnlyMemory<float>[_spec.Slots];
        var buffers = new ReadOnlyMemory<float>[_spec.Slots];
        var counts = new int[_spec.Slots];
        for (var slot = 0; slot < _spec.Slots; slot++)
        {
            var samples = SamplesOf(update.Step, slot);
            var gradient = new float[_layout.TotalCount];
            SyntheticTask.Compute(_spec, _layout, _versions[^1], samples, gradient);
            gradients[slot] = gradient.AsMemory(0, _layout.ParameterCount);
            buffers[slot] = gradient.AsMemory(_layout.ParameterCount);
            counts[slot] = samples.Length;
        }
        GradientAverage.InSlotOrder(gradients, counts, _spec.Reduction, _mean);
        _update.Apply(next.AsSpan(0, _layout.ParameterCount), _mean, Math.Sqrt(GradientNorm.Squared(_mean)), update.Step, _updates + 1);
        if (_layout.BufferCount > 0) GradientAverage.InSlotOrder(buffers, counts, LossReduction.Mean, next.AsSpan(_layout.ParameterCount));
    }

    private void ApplySlot(in AppliedUpdate update, float[] next)
    {
        var samples = SamplesOf(update.Step, update.Slot);
        var gradient = new float[_layout.TotalCount];
        SyntheticTask.Compute(_spec, _layout, At(update.FromVersion), samples, gradient);
        var share = (double)samples.Length / PlanOf(update.Step, out var stepInEpoch).BatchSamples(stepInEpoch).Length;
        gradient.AsSpan(0, _layout.ParameterCount).CopyTo(_mean);
        if (_spec.Reduction == LossReduction.Sum)
        {
            foreach (ref var value in _mean.AsSpan()) value = (float)(value / share);
        }
        _update.Apply(next.AsSpan(0, _layout.ParameterCount), _mean, Math.Sqrt(GradientNorm.Squared(_mean)), update.Step, _updates + 1, share);
        for (var i = _layout.ParameterCount; i < next.Length; i++) next[i] += (float)share * (gradient[i] - next[i]);
    }
}
