using MiniBatch.Explain.Steps;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Explain.Narration;

/// <summary>
/// Pencil and paper for a model of one layer on a table, ŷ = W·x + b or σ of it: its loss and gradient as terms of numbers. By
/// the chain rule ∂L/∂wᵢⱼ = δⱼ·xᵢ and ∂L/∂bⱼ = δⱼ, where δ is the loss's derivative by the sum before the activation.
/// </summary>
/// <remarks>Of cross entropy after a sigmoid δ collapses to ŷ − y.</remarks>
internal sealed class OneLayer
{
    private readonly Table _table;
    private readonly Objective _objective;
    private readonly bool _isInputsFirst;

    private OneLayer(Table table, Objective objective, bool isInputsFirst) => (_table, _objective, _isInputsFirst) = (table, objective, isInputsFirst);

    private bool IsSigmoid => _objective == Objective.BinaryCrossEntropy || _objective == Objective.BinaryCrossEntropyByHand;

    private bool IsHalf => _objective == Objective.HalfSquaredErrors;

    /// <summary>The model seen so; null where it isn't one.</summary>
    /// <param name="workload">Its loss decides of the formulas.</param>
    /// <param name="layout">A matrix of inputs and targets in either order, and perhaps a bias.</param>
    /// <param name="table">The samples.</param>
    /// <param name="model">Asked whether it agrees: what looks like one layer may have another activation. Its parameters change.</param>
    public static OneLayer? Of(Workload workload, ModelLayout layout, Table table, TableModel model)
    {
        var (inputs, outputs) = (table.InputColumns, table.TargetColumns);
        if (workload.Objective.HasClasses || layout.Parameters is not [{ Shape: { Length: 2 } shape }, ..] || layout.Parameters.Count > 2) return null;
        if (layout.Parameters.Count == 2 && layout.Parameters[1].ElementCount != outputs) return null;
        var isInputsFirst = shape[0] == inputs && shape[1] == outputs;
        if (!isInputsFirst && (shape[0] != outputs || shape[1] != inputs)) return null;
        var layer = new OneLayer(table, workload.Objective, isInputsFirst);
        return layer.Agrees(model, [.. Enumerable.Range(1, layout.ParameterCount).Select(i => 0.1f * i)]) ? layer : null;
    }

    /// <summary>How each parameter's gradient comes about, without numbers.</summary>
    public string Rule => $"∂L/∂w = {DeltaRule}·x" + (IsSigmoid ? ", where ŷ = σ(z) = 1/(1 + e⁻ᶻ)" : "");

    private string DeltaRule => (IsSigmoid || IsHalf, _table.TargetColumns) switch
    {
        (true, _) => "(ŷ − y)",
        (false, 1) => "2·(ŷ − y)",
        (false, var columns) => $"2·(ŷ − y)/{columns}",
    };

    /// <summary>"ŷ = 2·0 + 0 = 0", a line for each output.</summary>
    public IEnumerable<string> Forward(int sample, float[] parameters, float[] outputs)
    {
        for (var o = 0; o < outputs.Length; o++)
        {
            var inputs = _table.Inputs(sample).ToArray();
            var sum = string.Join(" + ", inputs.Select((x, i) => $"{Numbers.InTerm(x)}·{Numbers.InTerm(parameters[WeightIndex(i, o)])}"));
            if (HasBias(parameters)) sum += $" + {Numbers.InTerm(parameters[BiasIndex(o)])}";
            if (IsSigmoid) sum = $"σ({sum})";
            yield return $"ŷ{Subscript(o)} = {sum} = {Numbers.Of(outputs[o])}";
        }
    }

    /// <summary>"loss = (ŷ − y)² = (0 − 1)² = 1".</summary>
    public string Loss(int sample, float[] outputs, double loss)
    {
        var targets = _table.Targets(sample);
        if (IsSigmoid)
        {
            var (rule, number) = targets[0] > 0.5f ? ("−ln ŷ", $"−ln {Numbers.Of(outputs[0])}") : ("−ln(1 − ŷ)", $"−ln(1 − {Numbers.Of(outputs[0])})");
            return $"loss = {rule} = {number} = {Numbers.Of(loss)}";
        }
        var squares = new List<string>();
        for (var o = 0; o < outputs.Length; o++) squares.Add($"({Numbers.Of(outputs[o])} − {Numbers.InTerm(targets[o])})²");
        var sum = string.Join(" + ", squares);
        return (IsHalf, outputs.Length) switch
        {
            (true, _) => $"loss = ½·Σ(ŷ − y)² = ½·({sum}) = {Numbers.Of(loss)}",
            (false, 1) => $"loss = (ŷ − y)² = {sum} = {Numbers.Of(loss)}",
            (false, var columns) => $"loss = Σ(ŷ − y)²/{columns} = ({sum})/{columns} = {Numbers.Of(loss)}",
        };
    }

    /// <summary>"2·(0 − 1)·1": what a sample has in the gradient of a parameter.</summary>
    public string GradientTerm(int sample, int parameter, float[] outputs)
    {
        var (input, output) = PlaceOf(parameter);
        var difference = $"({Numbers.Of(outputs[output])} − {Numbers.InTerm(_table.Targets(sample)[output])})";
        var delta = DeltaRule.Replace("(ŷ − y)", difference, StringComparison.Ordinal);
        return input is { } i ? $"{delta}·{Numbers.InTerm(_table.Inputs(sample)[i])}" : delta;
    }

    /// <summary>The same as a number.</summary>
    public double Gradient(int sample, int parameter, float[] outputs)
    {
        var (input, output) = PlaceOf(parameter);
        var difference = (double)outputs[output] - _table.Targets(sample)[output];
        var delta = IsSigmoid || IsHalf ? difference : 2 * difference / _table.TargetColumns;
        return delta * (input is { } i ? _table.Inputs(sample)[i] : 1);
    }

    private bool Agrees(TableModel model, float[] parameters)
    {
        model.Load(parameters);
        var said = model.Ask(0).Outputs;
        var inputs = _table.Inputs(0).ToArray();
        return said.Length == _table.TargetColumns && Enumerable.Range(0, said.Length).All(o =>
        {
            var sum = inputs.Select((x, i) => (double)x * parameters[WeightIndex(i, o)]).Sum() + (HasBias(parameters) ? parameters[BiasIndex(o)] : 0);
            var expected = IsSigmoid ? 1 / (1 + Math.Exp(-sum)) : sum;
            return Math.Abs(said[o] - expected) <= 1e-4 * Math.Max(1, Math.Abs(expected));
        });
    }

    private int Weights => _table.InputColumns * _table.TargetColumns;

    private bool HasBias(float[] parameters) => parameters.Length > Weights;

    private int WeightIndex(int input, int output) => _isInputsFirst ? input * _table.TargetColumns + output : output * _table.InputColumns + input;

    private int BiasIndex(int output) => Weights + output;

    /// <summary>Between which input and output a parameter stands; a bias has no input.</summary>
    private (int? Input, int Output) PlaceOf(int parameter)
    {
        if (parameter >= Weights) return (null, parameter - Weights);
        var (row, column) = Math.DivRem(parameter, _isInputsFirst ? _table.TargetColumns : _table.InputColumns);
        return _isInputsFirst ? (row, column) : (column, row);
    }

    private string Subscript(int output) => _table.TargetColumns == 1 ? "" : $"[{output}]";
}
