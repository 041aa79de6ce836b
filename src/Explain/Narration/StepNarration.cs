using MiniBatch.Coordinator.Membership;
using MiniBatch.Explain.Steps;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Explain.Narration;

/// <summary>Tells steps as plain text, at most 100 columns wide, in the order in which a cluster takes them.</summary>
internal sealed class StepNarration : IDisposable
{
    /// <summary>Slots whose numbers are written as a sum; of more it would be no line to read.</summary>
    private const int SlotsInSum = 8;

    /// <summary>Beyond this the sums' order alone does not explain a difference.</summary>
    private const double RoundingMax = 1e-5;

    private readonly RunSpec _spec;
    private readonly Workload _workload;
    private readonly ParameterText _parameters;
    private readonly SlotText _slots;
    private readonly UpdateText _update;
    private readonly ModelLayout _layout;

    /// <param name="spec">The run's.</param>
    /// <param name="data">Its samples.</param>
    /// <param name="layout">Of its model.</param>
    public StepNarration(RunSpec spec, DatasetSamples data, ModelLayout layout)
    {
        (_spec, _layout) = (spec, layout);
        _workload = WorkloadCatalog.Get(spec.Workload);
        _parameters = new ParameterText(layout);
        _slots = new SlotText(_workload, data.Train, layout, _parameters);
        _update = new UpdateText(spec, _parameters);
    }

    /// <summary>What is trained, and who takes part.</summary>
    public IEnumerable<string> Opening(Assignment assignment) => Wrapped(
    [
        $"{_spec.Workload}: {_workload.Summary}",
        $"{Numbers.Of(_layout.ParameterCount, "parameter")}; {Numbers.Of(_spec.Epochs, "epoch")} of {Numbers.Of(_spec.StepsPerEpoch, "step")}; "
        + $"a step takes {Numbers.Of(_spec.GlobalBatch, "sample")} in {Numbers.Of(_spec.Slots, "slot")}; {_spec.Optimizer.Name} at {Numbers.Of(_spec.Optimizer.LearningRate)}",
        .. assignment.Spares(_spec.Slots).Any() ? [$"standing by, for a step has {Numbers.Of(_spec.Slots, "slot")}: {string.Join(", ", assignment.Spares(_spec.Slots))}"] : Array.Empty<string>(),
    ]);

    /// <summary>From one version to the next.</summary>
    public IEnumerable<string> Step(ClusterStep step) => Wrapped(
    [
        "", $"STEP {Numbers.Count(step.Step)}, of epoch {Numbers.Count(step.Epoch)}",
        "", $"Version {step.Step - 1}, which every worker has", .. _parameters.Lines(step.Before),
        "", $"The batch: {Numbers.Of(step.SampleCount, "sample")}, {Order()}", .. step.Slots.Select(slot => $"  slot {slot.Slot} → {slot.Worker}: {_slots.Samples(slot)}"),
        .. _slots.Rule is { } rule ? ["", $"By the chain rule {rule}{BiasRule()}"] : Array.Empty<string>(),
        .. step.Slots.SelectMany(slot => new[] { "", $"{slot.Worker} computes slot {slot.Slot}" }.Concat(_slots.Computation(step, slot))),
        "", .. Averaging(step),
        "", .. Updating(step),
    ]);

    /// <summary>The step beside that of one machine alone.</summary>
    /// <param name="step">The cluster's.</param>
    /// <param name="loss">The machine's mean loss before its update.</param>
    /// <param name="parameters">The machine's parameters after it, float32[parameterCount].</param>
    public IEnumerable<string> Beside(ClusterStep step, double loss, float[] parameters)
    {
        var rows = new List<string[]> { new[] { "", "cluster", "one machine", "difference" }, Row("loss before", step.Loss, loss) };
        if (_parameters.IsSmall) rows.AddRange(_parameters.Names.Select((name, i) => Row(name, step.After[i], parameters[i])));
        else rows.Add(Row("norm of θ", Math.Sqrt(GradientNorm.Squared(step.After)), Math.Sqrt(GradientNorm.Squared(parameters))));
        var largest = step.After.Zip(parameters, (a, b) => (Math.Abs((double)a - b), Size: Math.Max(1, Math.Abs((double)a)))).Max(pair => pair.Item1 / pair.Size);
        return Wrapped(
        [
            "", "One machine alone: the whole batch at once, libtorch's own loss and optimizer", .. Lines.Table(rows), $"  {Verdict(largest)}",
        ]);
    }

    /// <inheritdoc />
    public void Dispose() => _slots.Dispose();

    private IEnumerable<string> Averaging(ClusterStep step)
    {
        var isMean = _spec.Reduction == LossReduction.Mean;
        yield return step.Slots.Count == 1 ? "The parameter server has the only slot: its gradient is the batch's"
            : $"The parameter server has all {step.Slots.Count} slots, and {(isMean ? "averages" : "adds")} them in slot order";
        var right = _workload.Objective.HasAccuracy ? $", {Numbers.Count(step.CorrectCount)} of {Numbers.Count(step.SampleCount)} right" : "";
        yield return step.Slots.Count > SlotsInSum
            ? $"  loss = {Numbers.Of(step.Loss)}{right}"
            : $"  loss = {OfSlots(step, slot => slot.LossSum / slot.Samples.Length, isMean: true)}{Numbers.Of(step.Loss)}{right}";
        if (_parameters.IsSmall && step.Slots.Count <= SlotsInSum)
        {
            for (var i = 0; i < step.Average.Length; i++)
                yield return $"  ∂{_parameters.Names[i]} = {OfSlots(step, slot => slot.Gradient[i], isMean)}{Numbers.Of(step.Average[i])}";
        }
        else
        {
            foreach (var line in _parameters.Lines(step.Average, "∂")) yield return line;
        }
        yield return $"  its norm: {Numbers.Of(step.Update.GradientNorm)}";
    }

    /// <summary>"(-2 + (-8) + (-18))/3 = "; nothing for one slot. Slots of different sizes weigh as many as they have samples.</summary>
    private static string OfSlots(ClusterStep step, Func<SlotStep, double> value, bool isMean)
    {
        if (step.Slots.Count == 1) return "";
        var isEven = !isMean || step.Slots.All(slot => slot.Samples.Length == step.Slots[0].Samples.Length);
        var sum = string.Join(" + ", step.Slots.Select((slot, i) =>
            (isEven ? "" : $"{slot.Samples.Length}·") + (i == 0 && isEven ? Numbers.Of(value(slot)) : Numbers.InTerm(value(slot)))));
        return isMean ? $"({sum})/{(isEven ? step.Slots.Count : step.SampleCount)} = " : $"{sum} = ";
    }

    private IEnumerable<string> Updating(ClusterStep step)
    {
        if (step.Update.BrokenSlot is { } broken)
        {
            yield return $"The gradient of slot {broken} is not finite: the step is refused, and a run stops here. Try a smaller --lr.";
            yield break;
        }
        yield return $"It applies {_spec.Optimizer.Name}";
        foreach (var line in _update.Preparation(step)) yield return line;
        foreach (var line in _update.RuleLines(step)) yield return $"  {line}";
        if (!_parameters.IsSmall) yield return UpdateText.Summary(step);
        else
        {
            foreach (var line in _update.Numbered(step)) yield return line;
        }
        yield return "";
        yield return $"Version {step.Step}, which goes to every worker with the next step";
        foreach (var line in _parameters.Lines(step.After)) yield return line;
        yield return $"  loss of the same batch: {Numbers.Of(step.Loss)} before, {Numbers.Of(step.LossAfter)} now";
    }

    private string Verdict(double largest) => largest switch
    {
        0 => "No parameter differs in any bit.",
        <= RoundingMax => $"The parameters differ by at most {Numbers.Of(largest)}: other sums, rounded in another order.",
        _ when Otherwise().ToList() is { Count: > 0 } reasons =>
            $"The parameters differ by up to {Numbers.Of(largest)}: {string.Join(", and ", reasons)}. It is as good a step, and another one.",
        _ => $"The parameters differ by up to {Numbers.Of(largest)}: roundings that many steps, or a rule that divides by small numbers, have made grow.",
    };

    /// <summary>What one machine does otherwise, and not worse.</summary>
    private IEnumerable<string> Otherwise()
    {
        if (_workload.DrawsInForward) yield return "dropout draws other numbers";
        if (_workload.SlotSamplesMin > 1 && _spec.Slots > 1) yield return "batch normalisation is over the whole batch instead of a slot's samples";
    }

    private string Order() => _spec.Order == SampleOrder.Natural ? "in the order of the table" : $"shuffled by seed {_spec.Seed} and epoch";

    private string BiasRule() => _layout.Parameters.Count > 1 ? "; of a bias the same without x" : "";

    private static string[] Row(string name, double cluster, double machine) =>
        [name, Numbers.Of(cluster), Numbers.Of(machine), Numbers.Of(Math.Abs(cluster - machine))];

    private static IEnumerable<string> Wrapped(IEnumerable<string> lines) => lines.SelectMany(line => Lines.Wrap(line));
}
