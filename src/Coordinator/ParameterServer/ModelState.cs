using MiniBatch.LivePage.Live;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>
/// A version: parameters, buffers and optimizer state after so many steps. Lies in the frame buffer that it is
/// published from, so publishing copies nothing. Pure; owned by the exchange thread.
/// </summary>
public sealed class ModelState
{
    /// <summary>Of an order without its items.</summary>
    private const int OrderBytesMax = 256;

    private readonly ParameterUpdate _update;
    private readonly LossReduction _reduction;
    private readonly float[] _mean;
    private readonly ReadOnlyMemory<float>[] _part;
    private long _updates;   // versions less those that were left out: the step that Adam's bias correction counts
    private uint? _crc;

    /// <summary>Version 0.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="layout">How the model lies in the flat vector.</param>
    /// <param name="initial">float32[layout.TotalCount], copied.</param>
    public ModelState(RunSpec spec, ModelLayout layout, ReadOnlySpan<float> initial)
    {
        Layout = layout;
        _update = new ParameterUpdate(spec.Optimizer, spec.Clip, spec.CreateSchedule(), layout.ParameterCount);
        _reduction = spec.Reduction;
        _mean = GC.AllocateArray<float>(layout.ParameterCount, pinned: true);
        _part = new ReadOnlyMemory<float>[spec.Slots];
        // What is sent from it are orders: numbers, and the slots or blocks.
        Frame = new FrameBuffer(layout.TotalCount, OrderBytesMax + sizeof(int) * Math.Max(spec.Slots, spec.EvaluationBlocks));
        initial.CopyTo(Frame.Floats);
    }

    /// <summary>A version that was written down.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="snapshot">Copied.</param>
    /// <exception cref="ArgumentException">It is of another optimizer.</exception>
    public ModelState(RunSpec spec, ModelSnapshot snapshot) : this(spec, snapshot.Layout, snapshot.Values)
    {
        Version = snapshot.Version;
        _updates = snapshot.Version - snapshot.Counters.UpdatesSkipped;
        var state = _update.State;
        if (!state.Select(vector => vector.Name).SequenceEqual(snapshot.OptimizerState.Select(vector => vector.Name)))
            throw new ArgumentException($"the snapshot holds the state of another optimizer than {spec.Optimizer.Name}");
        for (var i = 0; i < state.Count; i++) snapshot.OptimizerState[i].Values.CopyTo(state[i].Values, 0);
    }

    /// <summary>How the model lies in the flat vector.</summary>
    public ModelLayout Layout { get; }

    /// <summary>Updates made or left out: steps, or in asynchronous modes slots.</summary>
    public long Version { get; private set; }

    /// <summary>The frame buffer whose payload is this version.</summary>
    public FrameBuffer Frame { get; }

    /// <summary>float32[parameterCount].</summary>
    public Span<float> Parameters => Frame.Floats[..Layout.ParameterCount];

    /// <summary>float32[bufferCount].</summary>
    public Span<float> Buffers => Frame.Floats[Layout.ParameterCount..];

    /// <summary>What the optimizer remembers.</summary>
    public IReadOnlyList<OptimizerState> OptimizerState => _update.State;

    /// <summary>How far updates move the parameters, for whoever watches.</summary>
    public MovementMeter Movement { get; } = new();

    /// <summary>SHA-256 of parameters, buffers and what the optimizer remembers.</summary>
    public string StateSha256() => ParameterHash.Sha256OfState(Frame.Floats, _update.State.Select(state => state.Values));

    /// <summary>CRC-32C of the version as it travels; summed once a version.</summary>
    public uint Crc => _crc ??= Frame.PayloadCrc();

    /// <summary>
    /// A complete step becomes the next version: its gradients are averaged in slot order, the joint verdict is given, and what
    /// passed is clipped, decayed and applied. Buffers are averaged in slot order by sample count.
    /// </summary>
    /// <param name="gather">Complete.</param>
    /// <param name="keepsGradient">Whether the update comes with a copy of its average.</param>
    /// <returns>What the update used, or the slot whose loss or gradient is not finite: then nothing was changed.</returns>
    public StepUpdate Apply(StepGather gather, bool keepsGradient = false)
    {
        var gradientNorm = Average(gather);
        if (BrokenSlot(gather, gradientNorm) is { } slot) return new StepUpdate(gradientNorm, _update.RateAt(Version + 1), Clipped: false, slot);
        var kept = keepsGradient ? Keep() : null;
        Movement.Before(Parameters);
        var (learningRate, clipped) = _update.Apply(Parameters, _mean, gradientNorm, Version + 1, _updates + 1);
        MergeBuffers(gather);
        Advance();
        return new StepUpdate(gradientNorm, learningRate, clipped, BrokenSlot: null, kept);
    }

    /// <returns>The Euclidean norm of the mean.</returns>
    private double Average(StepGather gather)
    {
        for (var slot = 0; slot < _part.Length; slot++)
            _part[slot] = gather.Gradients[slot][..Layout.ParameterCount];
        GradientAverage.InSlotOrder(_part, gather.SampleCounts, _reduction, _mean);
        return Math.Sqrt(GradientNorm.Squared(_mean));
    }

    private void MergeBuffers(StepGather gather)
    {
        if (Layout.BufferCount == 0) return;
        for (var slot = 0; slot < _part.Length; slot++)
            _part[slot] = gather.Gradients[slot][Layout.ParameterCount..];
        GradientAverage.InSlotOrder(_part, gather.SampleCounts, LossReduction.Mean, Buffers);
    }

    private int? BrokenSlot(StepGather gather, double gradientNorm)
    {
        var broken = FirstBrokenLoss(gather);
        if (double.IsFinite(gradientNorm)) return broken;
        for (var slot = 0; slot < _part.Length; slot++)
        {
            if (!GradientNorm.AllFinite(_part[slot].Span)) return slot;
        }
        // All finite, and yet the sum overflowed: no slot alone is to blame, the first one is named.
        return broken ?? 0;
    }

    /// <summary>
    /// Applies one slot by itself. Its gradient stands for the batch's and is applied at the slot's share of the learning rate,
    /// so that the M updates of a step move as far as the one of a synchronous step; buffers move by the same share.
    /// </summary>
    /// <param name="header">What came with the gradient.</param>
    /// <param name="gradient">float32[parameters + buffers].</param>
    /// <param name="batchSamples">Samples of the step that the slot belongs to.</param>
    /// <param name="keepsGradient">Whether the update comes with a copy of the gradient, as it is applied.</param>
    /// <returns>What the update used, or the slot, where its loss or gradient is not finite: then nothing was changed.</returns>
    /// <remarks>Linear scaling of the rate with the batch: Goyal et al., 2017, arXiv:1706.02677.</remarks>
    public StepUpdate ApplySlot(in SlotGradient header, ReadOnlySpan<float> gradient, int batchSamples, bool keepsGradient = false)
    {
        var share = (double)header.SampleCount / batchSamples;
        gradient[..Layout.ParameterCount].CopyTo(_mean);
        if (_reduction == LossReduction.Sum)
        {
            // The sum over the slot, scaled to what the sum over the batch would be.
            foreach (ref var value in _mean.AsSpan()) value = (float)(value / share);
        }
        var gradientNorm = Math.Sqrt(GradientNorm.Squared(_mean));
        if (!double.IsFinite(gradientNorm) || !double.IsFinite(header.LossSum))
            return new StepUpdate(gradientNorm, share * _update.RateAt(header.Step), Clipped: false, header.Slot);
        var kept = keepsGradient ? Keep() : null;
        Movement.Before(Parameters);
        var (learningRate, clipped) = _update.Apply(Parameters, _mean, gradientNorm, header.Step, _updates + 1, share);
        var buffers = gradient[Layout.ParameterCount..];
        for (var i = 0; i < buffers.Length; i++) Buffers[i] += (float)share * (buffers[i] - Buffers[i]);
        Advance();
        return new StepUpdate(gradientNorm, learningRate, clipped, BrokenSlot: null, kept);
    }

    /// <summary>An update was left out: the next version is this one, under a new number.</summary>
    public void Skip() => Version++;

    /// <summary>Copies the version out.</summary>
    /// <param name="counters">What was counted until now.</param>
    public ModelSnapshot Snapshot(ExchangeCounters counters) => new(
        Layout, Version, Frame.Floats.ToArray(), [.. _update.State.Select(state => (state.Name, state.Values.ToArray()))], counters);

    /// <summary>Copies one tensor of the version out; null where there is none of that name.</summary>
    public TensorCopy? CopyTensor(string name)
    {
        var start = 0;
        foreach (var tensor in Layout.Parameters.Concat(Layout.Buffers))
        {
            var length = (int)tensor.ElementCount;
            if (tensor.Name == name) return new TensorCopy(Version, tensor.Shape, Frame.Floats.Slice(start, Math.Min(length, TensorCopy.ValuesMax)).ToArray());
            start += length;
        }
        return null;
    }

    /// <summary>Before the update, which clips and decays it in place.</summary>
    private AveragedGradient Keep() => new(Layout, [.. _mean]);

    private void Advance()
    {
        Version++;
        _updates++;
        _crc = null;
        Movement.After(Parameters, Version);
    }

    private static int? FirstBrokenLoss(StepGather gather)
    {
        for (var slot = 0; slot < gather.Headers.Length; slot++)
        {
            if (!double.IsFinite(gather.Headers[slot].LossSum)) return slot;
        }
        return null;
    }
}

/// <summary>What came of a complete step.</summary>
/// <param name="GradientNorm">Euclidean norm of the averaged gradient, before clipping.</param>
/// <param name="LearningRate">η of this step.</param>
/// <param name="Clipped">Whether the gradient was over the limit.</param>
/// <param name="BrokenSlot">The slot with a loss or gradient that is not finite, or null: the step was applied.</param>
/// <param name="Gradient">The gradient that was averaged, where it was to be kept and was applied; else null.</param>
public readonly record struct StepUpdate(
    double GradientNorm, double LearningRate, bool Clipped, int? BrokenSlot, AveragedGradient? Gradient = null);

/// <summary>The gradient of an update, before it was clipped and decayed.</summary>
/// <param name="Layout">How the parameters lie in it.</param>
/// <param name="Values">float32[layout.ParameterCount], finite, copied.</param>
public sealed record AveragedGradient(ModelLayout Layout, float[] Values);
