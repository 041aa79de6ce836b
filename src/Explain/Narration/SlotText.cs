using MiniBatch.Explain.Steps;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Explain.Narration;

/// <summary>What a worker does with its slot: on a table sample by sample, on images in sums.</summary>
internal sealed class SlotText : IDisposable
{
    /// <summary>Samples told of one by one; of larger slots the first of them.</summary>
    private const int SamplesShown = 4;

    private readonly Workload _workload;
    private readonly SampleSet _samples;
    private readonly ParameterText _parameters;
    private readonly TableModel? _model;
    private readonly OneLayer? _layer;

    /// <param name="workload">Whose loss and gradients.</param>
    /// <param name="samples">Those to train on.</param>
    /// <param name="layout">Of the model.</param>
    /// <param name="parameters">How its numbers are written.</param>
    public SlotText(Workload workload, SampleSet samples, Shared.DataPlane.ModelLayout layout, ParameterText parameters)
    {
        (_workload, _samples, _parameters) = (workload, samples, parameters);
        if (samples is not Table table) return;
        _model = new TableModel(workload, table);
        if (parameters.IsSmall) _layer = OneLayer.Of(workload, layout, table, _model);
    }

    /// <summary>How gradients come about, where it can be written in a line; else null.</summary>
    public string? Rule => _layer?.Rule;

    /// <summary>"samples 0, 1"; of images with their classes.</summary>
    public string Samples(SlotStep slot)
    {
        var shown = string.Join(", ", slot.Samples.Take(SamplesShown).Select(Named));
        var rest = slot.Samples.Length > SamplesShown ? $" … {Numbers.Count(slot.Samples.Length)} in all" : "";
        return $"sample{(slot.Samples.Length == 1 ? "" : "s")} {shown}{rest}";
    }

    /// <summary>From the version before to the slot's gradient.</summary>
    public IEnumerable<string> Computation(ClusterStep step, SlotStep slot)
    {
        if (_model is not null && _samples is Table table)
        {
            _model.Load(step.Before);
            foreach (var sample in slot.Samples.Take(SamplesShown))
            {
                foreach (var line in OfSample(step, table, sample)) yield return line;
            }
            if (slot.Samples.Length > SamplesShown) yield return $"  … and {Numbers.Of(slot.Samples.Length - SamplesShown, "more sample")}";
        }
        if (slot.Samples.Length > 1) yield return Losses(slot);
        if (_layer is not null && slot.Samples.Length <= SamplesShown)
        {
            for (var parameter = 0; parameter < slot.Gradient.Length; parameter++) yield return Gradient(slot, parameter);
            yield break;
        }
        if (!_parameters.IsSmall) yield return $"  gradient of norm {ParameterText.Norm(slot.Gradient)}";
        foreach (var line in _parameters.Lines(slot.Gradient, "∂")) yield return line;
    }

    /// <inheritdoc />
    public void Dispose() => _model?.Dispose();

    private string Named(int sample) => _samples is LabelledImages images
        ? $"{sample} ({DatasetCatalog.Get(_workload.Dataset).ClassNames[images.Labels[sample]]})"
        : $"{sample}";

    private IEnumerable<string> OfSample(ClusterStep step, Table table, int sample)
    {
        var (outputs, loss) = _model!.Ask(sample);
        var row = $"  sample {sample}: x = {Numbers.Tuple(table.Inputs(sample))}, y = {Numbers.Tuple(table.Targets(sample))}";
        if (_layer is null) return [$"{row}, ŷ = {Numbers.Tuple(outputs)}, loss = {Numbers.Of(loss)}"];
        return [row, .. _layer.Forward(sample, step.Before, outputs).Append(_layer.Loss(sample, outputs, loss)).Select(line => $"    {line}")];
    }

    private string Losses(SlotStep slot)
    {
        var right = _workload.Objective.HasAccuracy ? $", {Numbers.Count(slot.CorrectCount)} of {Numbers.Count(slot.Samples.Length)} right" : "";
        return $"  loss of the slot, the mean of {Numbers.Count(slot.Samples.Length)}: {Numbers.Of(slot.LossSum / slot.Samples.Length)}{right}";
    }

    private string Gradient(SlotStep slot, int parameter)
    {
        var terms = slot.Samples.Select(sample => _layer!.GradientTerm(sample, parameter, _model!.Ask(sample).Outputs)).ToArray();
        var sum = string.Join(" + ", terms);
        if (terms.Length > 1 && _workload.Reduction == LossReduction.Mean) sum = $"({sum})/{terms.Length}";
        return $"  ∂{_parameters.Names[parameter]} = {sum} = {Numbers.Of(slot.Gradient[parameter])}";
    }
}
