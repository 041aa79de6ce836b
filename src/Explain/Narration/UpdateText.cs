using MiniBatch.Explain.Steps;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Explain.Narration;

/// <summary>What the server does with an average: clipping, decay, the update rule, as formulas with this run's numbers.</summary>
internal sealed class UpdateText(RunSpec spec, ParameterText parameters)
{
    private OptimizerSettings Rule => spec.Optimizer;

    /// <summary>What becomes of a gradient before the rule takes it; nothing in a run without clipping and decay.</summary>
    public IEnumerable<string> Preparation(ClusterStep step)
    {
        var norm = step.Update.GradientNorm;
        if (spec.Clip is { By: ClipKind.Norm } byNorm)
        {
            yield return step.Update.Clipped
                ? $"  clipped: its norm {Numbers.Of(norm)} is over {Numbers.Of(byNorm.Limit)}, so g ← g·{Numbers.Of(GradientClip.FactorOf(norm, byNorm.Limit))}"
                : $"  not clipped: its norm {Numbers.Of(norm)} is not over {Numbers.Of(byNorm.Limit)}";
        }
        if (spec.Clip is { By: ClipKind.Value } byValue)
            yield return $"  {(step.Update.Clipped ? "clipped" : "not clipped")}: each value to at most {Numbers.Of(byValue.Limit)}";
        if (Rule.Kind != OptimizerKind.AdamW && Rule.WeightDecay > 0) yield return $"  weight decay: g ← g + {Numbers.Of(Rule.WeightDecay)}·θ";
        if (step.Update.Clipped || (Rule.Kind != OptimizerKind.AdamW && Rule.WeightDecay > 0))
        {
            foreach (var line in parameters.Lines(step.Applied, "g ")) yield return line;
        }
    }

    /// <summary>The rule in symbols, a line each.</summary>
    public IEnumerable<string> RuleLines(ClusterStep step)
    {
        var rate = Numbers.Of(step.Update.LearningRate);
        string N(double? number) => Numbers.Of(number ?? 0);
        return Rule.Kind switch
        {
            OptimizerKind.Gd or OptimizerKind.Sgd => [$"θ ← θ − η·g with η = {rate}"],
            OptimizerKind.Momentum => [$"b ← μ·b + g, θ ← θ − η·b with μ = {N(Rule.Momentum)}, η = {rate}"],
            OptimizerKind.Nesterov => [$"b ← μ·b + g, θ ← θ − η·(g + μ·b) with μ = {N(Rule.Momentum)}, η = {rate}"],
            OptimizerKind.AdaGrad => [$"s ← s + g², θ ← θ − η·g/(√s + ε) with η = {rate}, ε = {N(Rule.Epsilon)}"],
            OptimizerKind.RmsProp => [$"s ← α·s + (1 − α)·g², θ ← θ − η·g/(√s + ε) with α = {N(Rule.Alpha)}, η = {rate}, ε = {N(Rule.Epsilon)}"],
            _ =>
            [
                .. Rule.Kind == OptimizerKind.AdamW ? [$"θ ← θ − η·λ·θ with λ = {N(Rule.WeightDecay)}, then"] : Array.Empty<string>(),
                $"m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g² with β₁ = {N(Rule.Beta1)}, β₂ = {N(Rule.Beta2)}",
                $"θ ← θ − η·m̂/(√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ), t = {step.Step}, η = {rate}, ε = {N(Rule.Epsilon)}",
            ],
        };
    }

    /// <summary>What the rule makes of each parameter of a small model, with its numbers.</summary>
    public IEnumerable<string> Numbered(ClusterStep step)
    {
        for (var i = 0; i < step.Before.Length; i++)
        {
            var (name, before, after, g) = (parameters.Names[i], step.Before[i], step.After[i], step.Applied[i]);
            var rate = Numbers.Of(step.Update.LearningRate);
            yield return Rule.Kind switch
            {
                OptimizerKind.Gd or OptimizerKind.Sgd => $"  {name} = {Numbers.Of(before)} − {rate}·{Numbers.InTerm(g)} = {Numbers.Of(after)}",
                OptimizerKind.Momentum => $"  {name}: b = {Numbers.Of(Rule.Momentum ?? 0)}·{Numbers.InTerm(step.StateBefore[0].Values[i])} + {Numbers.InTerm(g)} = "
                    + $"{Numbers.Of(step.StateAfter[0].Values[i])}, θ = {Numbers.Of(before)} − {rate}·{Numbers.InTerm(step.StateAfter[0].Values[i])} = {Numbers.Of(after)}",
                _ => $"  {name}: {States(step, i)}, θ {Numbers.Of(before)} → {Numbers.Of(after)}",
            };
        }
    }

    /// <summary>Lengths instead of numbers: for a large model.</summary>
    public static string Summary(ClusterStep step)
    {
        var move = step.After.Zip(step.Before, (after, before) => after - before).ToArray();
        var states = string.Concat(step.StateAfter.Select(state => $", {Symbol(state.Name)} has norm {ParameterText.Norm(state.Values)}"));
        return $"  the parameters, of norm {ParameterText.Norm(step.Before)}, move by {ParameterText.Norm(move)}{states}";
    }

    private static string States(ClusterStep step, int i) => string.Join(", ", step.StateBefore.Zip(step.StateAfter, (before, after) =>
        $"{Symbol(before.Name)} {Numbers.Of(before.Values[i])} → {Numbers.Of(after.Values[i])}").Prepend($"g {Numbers.Of(step.Applied[i])}"));

    /// <summary>What the formulas call what PyTorch calls so.</summary>
    private static string Symbol(string name) => name switch
    {
        "momentum_buffer" => "b",
        "exp_avg" => "m",
        "exp_avg_sq" => "v",
        _ => "s",
    };
}
