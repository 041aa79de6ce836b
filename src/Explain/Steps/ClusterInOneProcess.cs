using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Computation;

namespace MiniBatch.Explain.Steps;

/// <summary>
/// A cluster's arithmetic without its processes: slots are dealt by the coordinator's assignment, computed by the worker's
/// computer, gathered and applied by the parameter server's own classes. So its steps are those of a run, to the last bit.
/// </summary>
public sealed class ClusterInOneProcess : IDisposable
{
    private static readonly Incarnation First = new(1);

    private readonly RunSpec _spec;
    private readonly SlotComputer _computer;
    private readonly StepGather _gather;
    private readonly ModelState _model;
    private EpochPlan _plan;

    /// <summary>Version 0, and workers that wait for the first step.</summary>
    /// <param name="spec">Synchronous.</param>
    /// <param name="data">Of the spec's size.</param>
    /// <param name="workerCount">Workers, ≥ 1, named as <c>train</c> names them.</param>
    public ClusterInOneProcess(RunSpec spec, DatasetSamples data, int workerCount)
    {
        _spec = spec;
        _computer = new SlotComputer(spec, data);
        _gather = new StepGather(First, spec.Slots);
        _plan = spec.PlanOf(1);
        var initial = new float[Layout.TotalCount];
        _computer.Vector.Save(initial);
        _model = new ModelState(spec, Layout, initial);
        Assignment = new Assignment(
            new Generation(1), [.. Enumerable.Range(1, workerCount).Select(number => new WorkerId($"worker-{number}", (ulong)number))]);
    }

    /// <summary>Who holds which slots.</summary>
    public Assignment Assignment { get; }

    /// <summary>Names and shapes of the parameters.</summary>
    public ModelLayout Layout => _computer.Vector.Layout;

    /// <summary>Takes the next step of the run, of which there must be one.</summary>
    public ClusterStep Next()
    {
        var (epochsBefore, stepInEpoch) = Math.DivRem((int)_model.Version, _spec.StepsPerEpoch);
        var epoch = epochsBefore + 1;
        if (_plan.Epoch != epoch) _plan = _spec.PlanOf(epoch);
        var step = _model.Version + 1;

        var slots = Enumerable.Range(0, _spec.Slots).ToArray();
        var samples = slots.Select(slot => _plan.SlotSamples(stepInEpoch, slot).ToArray()).ToArray();
        _gather.Open(step, [.. samples.Select(slot => slot.Length)]);
        foreach (var slot in slots) Compute(epoch, stepInEpoch, slot, step);

        var before = _model.Parameters.ToArray();
        var stateBefore = State();
        var average = Average();
        var update = _model.Apply(_gather);
        _computer.Load(_model.Frame.Floats);
        return new ClusterStep
        {
            Step = step,
            Epoch = epoch,
            Before = before,
            StateBefore = stateBefore,
            Slots = [.. slots.Select(slot => new SlotStep(
                slot, _gather.Senders[slot], samples[slot], _gather.Headers[slot].LossSum, _gather.Headers[slot].CorrectCount, Parameters(slot).ToArray()))],
            Average = average,
            Applied = Applied(average, before, update.GradientNorm),
            Update = update,
            After = _model.Parameters.ToArray(),
            StateAfter = State(),
            LossAfter = LossOf(epoch, stepInEpoch) / samples.Sum(slot => slot.Length),
        };
    }

    /// <inheritdoc />
    public void Dispose() => _computer.Dispose();

    /// <summary>What a worker does with a slot, up to the server's taking it.</summary>
    private void Compute(int epoch, int stepInEpoch, int slot, long step)
    {
        var gradient = new float[Layout.TotalCount];
        var result = _computer.ComputeGradient(epoch, stepInEpoch, slot, gradient);
        var header = new SlotGradient(
            First, step, slot, Version: step - 1, result.SampleCount, result.LossSum, result.CorrectCount, result.SampleCrc,
            ComputeMicroseconds: 0);
        var verdict = _gather.Offer(Assignment.OwnerOf(slot, _spec.Slots), header, gradient);
        if (verdict != GatherVerdict.Accepted) throw new InvalidOperationException($"the gradient of slot {slot} was not taken: {verdict}");
    }

    /// <summary>As the server averages, which keeps its average to itself.</summary>
    private float[] Average()
    {
        var average = new float[Layout.ParameterCount];
        ReadOnlyMemory<float>[] parts = [.. Enumerable.Range(0, _spec.Slots).Select(Parameters)];
        GradientAverage.InSlotOrder(parts, _gather.SampleCounts, _spec.Reduction, average);
        return average;
    }

    private float[] Applied(float[] average, float[] parameters, double norm)
    {
        float[] gradient = [.. average];
        GradientClip.Apply(gradient, norm, _spec.Clip);
        if (_spec.Optimizer is { Kind: not OptimizerKind.AdamW, WeightDecay: > 0 and var decay }) WeightDecay.AddTo(gradient, parameters, decay);
        return gradient;
    }

    /// <summary>The sum over the batch with the version that is loaded now: dropout drops the same, statistics are the slots'.</summary>
    private double LossOf(int epoch, int stepInEpoch)
    {
        var unused = new float[Layout.TotalCount];
        return Enumerable.Range(0, _spec.Slots).Sum(slot => _computer.ComputeGradient(epoch, stepInEpoch, slot, unused).LossSum);
    }

    private ReadOnlyMemory<float> Parameters(int slot) => _gather.Gradients[slot][..Layout.ParameterCount];

    private IReadOnlyList<(string Name, float[] Values)> State() => [.. _model.OptimizerState.Select(state => (state.Name, state.Values.ToArray()))];
}
