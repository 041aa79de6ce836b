using System.Diagnostics;
using System.Runtime.InteropServices;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using MiniBatch.Shared.Workloads;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Computation;

/// <summary>What came of a slot besides its gradient.</summary>
/// <param name="SampleCount">Its samples.</param>
/// <param name="LossSum">Sum of their losses.</param>
/// <param name="CorrectCount">Samples whose largest logit was their class.</param>
/// <param name="SampleCrc">CRC-32C of each sample's pixels and label, in slot order.</param>
/// <param name="Elapsed">From taking it up to having the gradient.</param>
public readonly record struct SlotResult(int SampleCount, double LossSum, int CorrectCount, uint SampleCrc, TimeSpan Elapsed);

/// <summary>
/// Computes gradients of slots and evaluates blocks, with one model, on one thread: torch's random generator is global to
/// the process. Results depend on the version, the run's spec and the slot, on nothing that was computed before.
/// </summary>
public sealed class SlotComputer : IDisposable
{
    /// <summary>
    /// A larger slot goes through the model in parts of so many samples, whose gradients add up: mnist-cnn takes 0.4 MB a sample,
    /// a slot of <c>--optimizer gd</c> has thousands, and what leaves the cache is slow. Another number rounds differently.
    /// </summary>
    public const int PartSamplesMax = 500;

    private readonly RunSpec _spec;
    private readonly DatasetSamples _data;
    private readonly Workload _workload;
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly BatchTensors _batch = new();
    private EpochPlan? _plan;
    private float[] _buffers;

    /// <summary>Builds the model from the run's seed, on the CPU.</summary>
    public SlotComputer(RunSpec spec, DatasetSamples data)
    {
        _spec = spec;
        _data = data;
        manual_seed(unchecked((long)spec.Seed));
        _workload = WorkloadCatalog.Get(spec.Workload);
        _model = _workload.CreateModel();
        _model.train();
        Vector = new ModelVector(_model);
        var initial = new float[Vector.Layout.TotalCount];
        Vector.Save(initial);
        _buffers = initial[Vector.Layout.ParameterCount..];
    }

    /// <summary>
    /// SHA-256 of the gradient of the probe slot (epoch 1, step 0, slot 0, from the initial parameters): two computers with the
    /// same hash have the same arithmetic, as far as this model exercises it. Call it before a version is loaded.
    /// </summary>
    public string ProbeSha256()
    {
        var gradient = new float[Vector.Layout.TotalCount];
        ComputeGradient(epoch: 1, stepInEpoch: 0, slot: 0, gradient);
        Vector.LoadBuffers(_buffers);   // the probe leaves no trace
        return ParameterHash.Sha256OfFloats(gradient);
    }

    /// <summary>The model's flat vector; holds the initial parameters until a version is loaded.</summary>
    public ModelVector Vector { get; }

    /// <summary>Takes over a version.</summary>
    /// <param name="version">float32[parameters + buffers].</param>
    public void Load(ReadOnlySpan<float> version)
    {
        Vector.Load(version);
        _buffers = version[Vector.Layout.ParameterCount..].ToArray();
    }

    /// <summary>The gradient of one slot of one step, from the loaded version.</summary>
    /// <param name="epoch">1-based.</param>
    /// <param name="stepInEpoch">0-based.</param>
    /// <param name="slot">0-based.</param>
    /// <param name="gradient">float32[parameters + buffers], overwritten.</param>
    public SlotResult ComputeGradient(int epoch, int stepInEpoch, int slot, Span<float> gradient)
    {
        var started = Stopwatch.GetTimestamp();
        if (_plan?.Epoch != epoch) _plan = _spec.PlanOf(epoch);
        var samples = _plan.SlotSamples(stepInEpoch, slot);
        using var scope = NewDisposeScope();
        Vector.LoadBuffers(_buffers);
        if (_workload.DrawsInForward)
            manual_seed(unchecked((long)StepSeed.For(_spec.Seed, epoch, stepInEpoch, slot)));
        // Batch normalisation is over the samples of a slot: such a model takes it whole. (Its only one is small.)
        var partSamples = _workload.SlotSamplesMin > 1 ? samples.Length : Math.Min(samples.Length, PartSamplesMax);
        var (lossSum, correct) = (0.0, 0);
        for (var start = 0; start < samples.Length; start += partSamples)
        {
            var part = samples.Slice(start, Math.Min(partSamples, samples.Length - start));
            var (partLossSum, partCorrect) = AddGradient(part, samples.Length);
            lossSum += partLossSum;
            correct += partCorrect;
        }
        Vector.TakeGradient(gradient);
        return new SlotResult(samples.Length, lossSum, correct, _data.Train.CrcOf(samples), Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Adds what some of a slot's samples have in its gradient to the parameters' gradients.</summary>
    private (double LossSum, int CorrectCount) AddGradient(ReadOnlySpan<int> samples, int slotSamples)
    {
        using var scope = NewDisposeScope();
        var (inputs, targets) = _batch.Gather(_data.Train, samples, Objective.HasClasses);
        var outputs = _model.call(inputs);                                // [B, outputs]
        var loss = Objective.Loss(outputs, targets, _spec.Reduction);     // []
        var isMean = _spec.Reduction == LossReduction.Mean;
        var share = isMean && samples.Length < slotSamples ? loss * ((float)samples.Length / slotSamples) : loss;
        share.backward();
        return ((double)loss.item<float>() * (isMean ? samples.Length : 1), Objective.CountCorrect(outputs, targets));
    }

    /// <summary>The sums over one block of test samples, with the loaded version.</summary>
    /// <param name="block">0-based.</param>
    public (int SampleCount, double LossSum, int CorrectCount) EvaluateBlock(int block)
    {
        var samples = EvaluationBlock.SamplesOf(block, _data.Test.Count);
        _model.eval();
        Vector.LoadBuffers(_buffers);
        var (_, lossSum, correct) = EvaluationBlock.Compute(_model, Objective, _batch, _data.Test, samples);
        _model.train();
        return (samples.Length, lossSum, correct);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _batch.Dispose();
        _model.Dispose();
    }

    private Objective Objective => _workload.Objective;
}
