using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Schedules;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;
using MiniBatch.Worker.Computation;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Explain.Steps;

/// <summary>
/// What one would write without a cluster: the whole batch at once, libtorch's own optimizer. Nothing of it is the cluster's but
/// the model, the samples and their order.
/// </summary>
public sealed class OneMachine : IDisposable
{
    private readonly RunSpec _spec;
    private readonly SampleSet _samples;
    private readonly Workload _workload;
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly ModelVector _vector;
    private readonly optim.Optimizer _optimizer;
    private readonly ILearningRateSchedule _rates;
    private readonly BatchTensors _batch = new();
    private int _step;

    /// <summary>A model from the run's seed.</summary>
    public OneMachine(RunSpec spec, DatasetSamples data)
    {
        (_spec, _samples) = (spec, data.Train);
        _workload = WorkloadCatalog.Get(spec.Workload);
        manual_seed(unchecked((long)spec.Seed));
        _model = _workload.CreateModel();
        _model.train();
        _vector = new ModelVector(_model, _workload.Objective);
        _optimizer = TorchOptimizer.Create(spec.Optimizer, _model.parameters());
        _rates = spec.CreateSchedule();
    }

    /// <summary>Takes the next step of the run.</summary>
    /// <returns>Mean loss of the batch before, parameters after (float32[parameterCount]).</returns>
    public (double Loss, float[] Parameters) Next()
    {
        var (epochsBefore, stepInEpoch) = Math.DivRem(_step++, _spec.StepsPerEpoch);
        var batch = _spec.PlanOf(epochsBefore + 1).BatchSegment(stepInEpoch);
        _optimizer.zero_grad();
        var lossSum = Backward(batch);
        if (_spec.Clip is { By: ClipKind.Norm } norm) nn.utils.clip_grad_norm_(_model.parameters(), norm.Limit);
        if (_spec.Clip is { By: ClipKind.Value } value) nn.utils.clip_grad_value_(_model.parameters(), value.Limit);
        foreach (var group in _optimizer.ParamGroups) group.LearningRate = _rates.RateAt(_step);
        _optimizer.step();

        var version = new float[_vector.Layout.TotalCount];
        _vector.Save(version);
        return (lossSum / batch.Count, version[.._vector.Layout.ParameterCount]);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _batch.Dispose();
        _optimizer.Dispose();
        _model.Dispose();
    }

    /// <summary>Gradients of the whole batch; one of thousands goes through in parts, for memory's sake, and adds up.</summary>
    /// <returns>The sum of the samples' losses.</returns>
    private double Backward(ArraySegment<int> batch)
    {
        var partSamples = _workload.SlotSamplesMin > 1 ? batch.Count : Math.Min(batch.Count, ComputePlace.Host.PartSamplesMax);
        var lossSum = 0.0;
        for (var start = 0; start < batch.Count; start += partSamples)
        {
            using var scope = NewDisposeScope();
            var part = batch.Slice(start, Math.Min(partSamples, batch.Count - start));
            var (inputs, targets) = _batch.Gather(_samples, part, _workload.Objective.HasClasses);
            var isMean = _spec.Reduction == LossReduction.Mean;
            var loss = _workload.Objective.Loss(_model.call(inputs), targets, _spec.Reduction);   // []
            (isMean && part.Count < batch.Count ? loss * ((float)part.Count / batch.Count) : loss).backward();
            lossSum += (double)loss.item<float>() * (isMean ? part.Count : 1);
        }
        return lossSum;
    }
}
