using System.Globalization;

namespace MiniBatch.Launcher.Labs;

/// <summary>Every update rule on one workload, with the same batches in the same order.</summary>
public sealed class OptimizersLab : Lab
{
    private static readonly string[] Rules = ["gd", "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"];

    /// <inheritdoc />
    public override string Name => "optimizers";

    /// <inheritdoc />
    public override string Question => "the update rules on one workload: mnist-softmax, two epochs of 12,000 digits";

    /// <inheritdoc />
    public override bool Run(LabBench bench, TextWriter page)
    {
        page.WriteLine("""
            Each rule gets the same 240 batches of 100 digits, at its own usual rate; gd takes all 12,000 digits at once, and so makes
            2 steps where the others make 240.

            Predicted: gd is far behind: its two gradients are better than any of the 240, and still only two steps. Those that remember
            (momentum, nesterov) or adapt (adagrad, rmsprop, adam, adamw) all come within a few points of plain sgd or pass it: a
            linear layer is convex, there is no valley in which sgd would be stuck.

              rule         steps   last train loss   test accuracy
            """);
        var accuracy = new Dictionary<string, double>();
        foreach (var rule in Rules)
        {
            var run = bench.Train(["mnist-softmax", "--workers", "2", "--epochs", "2", "--limit-train", "12000", "--optimizer", rule]);
            accuracy[rule] = run.Summary.TestAccuracy ?? 0;
            page.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {rule,-11} {run.Summary.Steps,6}   {run.Summary.Epochs[^1].TrainLoss,15:0.0000}   {accuracy[rule],13:0.0000}"));
        }
        var isGdLast = accuracy.Where(rule => rule.Key != "gd").All(rule => rule.Value > accuracy["gd"] + 0.05);
        var areOthersNear = Rules.Skip(2).All(rule => accuracy[rule] > accuracy["sgd"] - 0.05);
        page.WriteLine($"""

              gd is five points or more behind every other: {Answer(isGdLast)}
              all others are within five points of sgd, or above: {Answer(areOthersNear)}

            Try next: ./cluster train mnist-cnn --optimizer sgd --epochs 1, and the same with adam: there adapting pays.
            """);
        return isGdLast && areOthersNear;
    }

    private static string Answer(bool isTrue) => isTrue ? "as predicted" : "NOT as predicted";
}
