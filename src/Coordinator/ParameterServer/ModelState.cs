using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>
/// A version: parameters, buffers and optimizer state after so many steps. Lies in the frame buffer that it is
/// published from, so publishing copies nothing. Pure; owned by the exchange thread.
/// </summary>
public sealed class ModelState
{
    private readonly Optimizer _optimizer;
    private readonly LossReduction _reduction;
    private readonly double _learningRate;
    private readonly float[] _mean;
    private readonly ReadOnlyMemory<float>[] _part;
    private uint? _crc;

    /// <summary>Version 0.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="layout">How the model lies in the flat vector.</param>
    /// <param name="initial">float32[layout.TotalCount], copied.</param>
    public ModelState(RunSpec spec, ModelLayout layout, ReadOnlySpan<float> initial)
    {
        Layout = layout;
        _optimizer = OptimizerFactory.Create(spec.Optimizer, layout.ParameterCount);
        _learningRate = spec.Optimizer.LearningRate;
        _reduction = spec.Reduction;
        _mean = GC.AllocateArray<float>(layout.ParameterCount, pinned: true);
        _part = new ReadOnlyMemory<float>[spec.Slots];
        Frame = new FrameBuffer(layout.TotalCount, FrameLimits.FixedBytesMax);
        initial.CopyTo(Frame.Floats);
    }

    /// <summary>A version that was written down.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="snapshot">Copied.</param>
    /// <exception cref="ArgumentException">It is of another optimizer.</exception>
    public ModelState(RunSpec spec, ModelSnapshot snapshot) : this(spec, snapshot.Layout, snapshot.Values)
    {
        Version = snapshot.Version;
        var state = _optimizer.State;
        if (!state.Select(vector => vector.Name).SequenceEqual(snapshot.OptimizerState.Select(vector => vector.Name)))
            throw new ArgumentException($"the snapshot holds the state of another optimizer than {_optimizer.Name}");
        for (var i = 0; i < state.Count; i++) snapshot.OptimizerState[i].Values.CopyTo(state[i].Values, 0);
    }

    /// <summary>How the model lies in the flat vector.</summary>
    public ModelLayout Layout { get; }

    /// <summary>Steps applied.</summary>
    public long Version { get; private set; }

    /// <summary>The frame buffer whose payload is this version.</summary>
    public FrameBuffer Frame { get; }

    /// <summary>float32[parameterCount].</summary>
    public Span<float> Parameters => Frame.Floats[..Layout.ParameterCount];

    /// <summary>float32[bufferCount].</summary>
    public Span<float> Buffers => Frame.Floats[Layout.ParameterCount..];

    /// <summary>What the optimizer remembers.</summary>
    public IReadOnlyList<OptimizerState> OptimizerState => _optimizer.State;

    /// <summary>SHA-256 of parameters, buffers and what the optimizer remembers.</summary>
    public string StateSha256() => ModelSnapshot.HashOf(Frame.Floats, _optimizer.State.Select(state => state.Values));

    /// <summary>CRC-32C of the version as it travels; summed once a version.</summary>
    public uint Crc => _crc ??= Frame.PayloadCrc();

    /// <summary>
    /// Averages a complete step's gradients in slot order and applies the update rule: the next version. Buffers are
    /// averaged in slot order by sample count.
    /// </summary>
    /// <returns>What the update used, or the slot whose loss or gradient is not finite: then nothing was changed.</returns>
    public StepUpdate Apply(StepGather gather)
    {
        for (var slot = 0; slot < _part.Length; slot++)
            _part[slot] = gather.Gradients[slot][..Layout.ParameterCount];
        GradientAverage.InSlotOrder(_part, gather.SampleCounts, _reduction, _mean);
        var squaredNorm = GradientNorm.Squared(_mean);
        if (!double.IsFinite(squaredNorm) || FirstBrokenLoss(gather) is not null)
            return new StepUpdate(Math.Sqrt(squaredNorm), _learningRate, FirstBrokenSlot(gather));

        _optimizer.Apply(Parameters, _mean, _learningRate, Version + 1);
        if (Layout.BufferCount > 0)
        {
            for (var slot = 0; slot < _part.Length; slot++)
                _part[slot] = gather.Gradients[slot][Layout.ParameterCount..];
            GradientAverage.InSlotOrder(_part, gather.SampleCounts, LossReduction.Mean, Buffers);
        }
        Version++;
        _crc = null;
        return new StepUpdate(Math.Sqrt(squaredNorm), _learningRate, BrokenSlot: null);
    }

    private static int? FirstBrokenLoss(StepGather gather)
    {
        for (var slot = 0; slot < gather.Headers.Length; slot++)
        {
            if (!double.IsFinite(gather.Headers[slot].LossSum)) return slot;
        }
        return null;
    }

    private int FirstBrokenSlot(StepGather gather)
    {
        for (var slot = 0; slot < _part.Length; slot++)
        {
            if (!GradientNorm.AllFinite(_part[slot].Span)) return slot;
        }
        // All finite, and yet the sum overflowed: no slot alone is to blame, the first one is named.
        return FirstBrokenLoss(gather) ?? 0;
    }
}

/// <summary>What came of averaging a step.</summary>
/// <param name="GradientNorm">Euclidean norm of the averaged gradient.</param>
/// <param name="LearningRate">η of this step.</param>
/// <param name="BrokenSlot">The slot with a loss or gradient that is not finite, or null: the step was applied.</param>
public readonly record struct StepUpdate(double GradientNorm, double LearningRate, int? BrokenSlot);
