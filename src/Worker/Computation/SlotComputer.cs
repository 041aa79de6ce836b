using System.Diagnostics;
using System.Runtime.InteropServices;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Datasets;
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
    private readonly RunSpec _spec;
    private readonly DatasetSamples _data;
    private readonly Workload _workload;
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly int _partSamplesMax;
    private readonly int _evaluationPartSamplesMax;
    private readonly IBatchSource _batches;
    private readonly ComputePlace _place;
    private EpochPlan? _plan;
    private EpochPlan? _nextPlan;

    /// <summary>Builds the model from the run's seed, on the CPU, and takes it to where it computes.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="data">The run's.</param>
    /// <param name="place">Where to compute; null for the CPU.</param>
    /// <param name="batches">What makes its batches, disposed with it; null for the place's own.</param>
    public SlotComputer(RunSpec spec, DatasetSamples data, ComputePlace? place = null, IBatchSource? batches = null)
    {
        place ??= ComputePlace.Host;
        _place = place;
        _spec = spec;
        _data = data;
        manual_seed(unchecked((long)spec.Seed));
        _workload = WorkloadCatalog.Get(spec.Workload);
        _model = place.Take(_workload.CreateModel());
        _model.train();
        var slotSamplesMax = (spec.GlobalBatch + spec.Slots - 1) / spec.Slots;
        // Batch normalisation is over the samples of a slot: such a model takes it whole. (Its only one is small.)
        _partSamplesMax = _workload.SlotSamplesMin > 1 ? slotSamplesMax : Math.Min(slotSamplesMax, place.PartSamplesMax);
        _evaluationPartSamplesMax = place.PartSamplesMax;
        Vector = place.Vector(_model, Objective, passesMax: (slotSamplesMax + _partSamplesMax - 1) / _partSamplesMax);
        _batches = batches ?? place.Batches();
    }

    /// <summary>SHA-256 of the initial parameters and buffers, version 0 of the run. Call it before a version is loaded.</summary>
    public string InitialSha256()
    {
        var version = new float[Vector.Layout.TotalCount];
        Vector.Save(version);
        return ParameterHash.Sha256OfFloats(version);
    }

    /// <summary>
    /// SHA-256 of the gradient of the probe slot (epoch 1, step 0, slot 0, from the initial parameters): two computers with the
    /// same hash have the same arithmetic, as far as this model exercises it. Call it before a version is loaded.
    /// </summary>
    public string ProbeSha256()
    {
        var gradient = new float[Vector.Layout.TotalCount];
        ComputeGradient(epoch: 1, stepInEpoch: 0, slot: 0, gradient);
        Vector.ResetBuffers();   // the probe leaves no trace
        return ParameterHash.Sha256OfFloats(gradient);
    }

    /// <summary>The model's flat vector; holds the initial parameters until a version is loaded.</summary>
    public IModelVector Vector { get; }

    /// <summary>Takes over a version.</summary>
    /// <param name="version">float32[parameters + buffers].</param>
    public void Load(ReadOnlySpan<float> version) => Vector.Load(version);

    /// <summary>The gradient of one slot of one step, from the loaded version.</summary>
    /// <param name="epoch">1-based.</param>
    /// <param name="stepInEpoch">0-based.</param>
    /// <param name="slot">0-based.</param>
    /// <param name="gradient">float32[parameters + buffers], overwritten.</param>
    public SlotResult ComputeGradient(int epoch, int stepInEpoch, int slot, Span<float> gradient)
    {
        var started = Stopwatch.GetTimestamp();
        if (_plan?.Epoch != epoch) _plan = _nextPlan?.Epoch == epoch ? _nextPlan : _spec.PlanOf(epoch);
        var samples = _plan.SlotSegment(stepInEpoch, slot);
        using var scope = NewDisposeScope();
        Vector.ResetBuffers();
        if (_workload.DrawsInForward)
            manual_seed(unchecked((long)StepSeed.For(_spec.Seed, epoch, stepInEpoch, slot)));
        for (var start = 0; start < samples.Count; start += _partSamplesMax)
            AddGradient(samples.Slice(start, Math.Min(_partSamplesMax, samples.Count - start)), samples.Count);
        var crc = _data.Train.CrcOf(samples);   // while a GPU computes
        var (lossSum, correct) = (0.0, 0);
        var pass = 0;
        foreach (var score in Vector.TakeGradient(gradient))
        {
            var passSamples = Math.Min(_partSamplesMax, samples.Count - (_partSamplesMax * pass++));
            lossSum += (double)score.Loss * (IsMean ? passSamples : 1);
            correct += score.CorrectCount;
        }
        return new SlotResult(samples.Count, lossSum, correct, crc, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>
    /// Works out the next epoch's plan, where a step was the last of its own: a worker has to wait then, and the next epoch's first step
    /// would have to wait for it. Call it once the step's slots are sent.
    /// </summary>
    /// <param name="epoch">1-based.</param>
    /// <param name="stepInEpoch">0-based.</param>
    public void PlanAhead(int epoch, int stepInEpoch)
    {
        if (_plan?.Epoch == epoch && stepInEpoch == _plan.Steps - 1 && epoch < _spec.Epochs && _nextPlan?.Epoch != epoch + 1)
            _nextPlan = _spec.PlanOf(epoch + 1);
    }

    /// <summary>Adds what some of a slot's samples have in its gradient to the parameters' gradients.</summary>
    private void AddGradient(ArraySegment<int> samples, int slotSamples)
    {
        using var scope = NewDisposeScope();
        var (inputs, targets) = _batches.Gather(_data.Train, samples, Objective.HasClasses);
        var outputs = _model.call(inputs);                                // [B, outputs]
        var loss = Objective.Loss(outputs, targets, _spec.Reduction);     // []
        var share = IsMean && samples.Count < slotSamples ? loss.Times((float)samples.Count / slotSamples) : loss;
        share.backward();
        Vector.Score(outputs, targets, loss);
    }

    /// <summary>The sums over one block of test samples, with the loaded version.</summary>
    /// <param name="block">0-based.</param>
    public (int SampleCount, double LossSum, int CorrectCount) EvaluateBlock(int block)
    {
        var samples = EvaluationBlock.SamplesOf(block, _data.Test.Count);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _model.eval();
        Vector.ResetBuffers();
        var (outputs, targets, loss) = EvaluationBlock.Forward(_model, Objective, _batches, _data.Test, samples, _evaluationPartSamplesMax);
        Vector.Score(outputs, targets, loss);
        var score = Vector.TakeScores()[0];
        _model.train();
        return (samples.Length, score.Loss, score.CorrectCount);
    }

    /// <summary>What the loaded version makes of samples that are none of the dataset's. The gradients after it are what they would be without.</summary>
    /// <param name="inputs">float32[samples, 28 × 28] pixels in [0, 1], or float32[samples, inputs] rows of a table.</param>
    /// <param name="samples">How many.</param>
    /// <returns>float32[samples, outputs]; empty where the inputs are not what the model takes, or the outputs more than an answer can have.</returns>
    public float[] Forward(float[] inputs, int samples)
    {
        var inputShape = _data.Train switch
        {
            LabelledImages images => (long[])[1, images.Rows, images.Columns],
            Table table => [table.InputColumns],
            _ => [],
        };
        if (samples < 1 || inputs.Length != samples * inputShape.Aggregate(1L, (product, length) => product * length)) return [];
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _model.eval();
        Vector.ResetBuffers();
        var outputs = _model.call(_place.Take(tensor(inputs, [samples, .. inputShape]))).to(CPU).contiguous();   // [samples, outputs]
        _model.train();
        return outputs.numel() <= ForwardOrder.ValuesMax ? MemoryMarshal.Cast<byte, float>(outputs.bytes).ToArray() : [];
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _batches.Dispose();
        Vector.Dispose();
        _model.Dispose();
    }

    private Objective Objective => _workload.Objective;

    private bool IsMean => _spec.Reduction == LossReduction.Mean;
}
