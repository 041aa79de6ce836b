using System.Globalization;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Launcher.Labs;

/// <summary>
/// Learning rate too small, right, too large. The mean squared error of a line is a quadratic bowl: along each of its two axes
/// gradient descent multiplies the distance to the bottom by 1 − η·λ in every step. So the whole run can be told beforehand.
/// </summary>
public sealed class LearningRateLab : Lab
{
    private const int Epochs = 100;

    /// <summary>Rounding to float32 in a hundred steps changes a cost by less.</summary>
    private const double Tolerance = 0.01;

    private static readonly double[] Rates = [0.001, 0.05, 0.09, 0.17, 0.19];

    /// <inheritdoc />
    public override string Name => "learning-rate";

    /// <inheritdoc />
    public override string Question => "a learning rate too small, right, too large: hours-points, whose costs can be told beforehand";

    /// <inheritdoc />
    public override bool Run(LabBench bench, TextWriter page)
    {
        var bowl = new Bowl(((TableDataset)HoursPoints.Workload.Data).Table);
        page.WriteLine(Text($"""
            Hours-points is a line through three points, its cost J(W, b) a bowl. The bowl's curvatures are the eigenvalues of its second
            derivative, 2/n·Σ(x, 1)ᵀ(x, 1):  λ₁ = {bowl.Large:0.0000}, λ₂ = {bowl.Small:0.0000}.
            A step W ← W − η·∂J/∂W multiplies the distance along an axis by 1 − η·λ. So it converges while η < 2/λ₁ = {2 / bowl.Large:0.0000}, is
            fastest along the steep axis at 1/λ₁ = {1 / bowl.Large:0.0000}, and beyond 2/λ₁ every step throws it further out.

            {Epochs} steps from W = b = 0 (cost {bowl.CostAfter(0, 0.1):0.000000}):

              learning rate   predicted cost    measured cost
            """));
        var allTrue = true;
        foreach (var rate in Rates)
        {
            var predicted = bowl.CostAfter(Epochs, rate);
            var run = bench.Train(
                [HoursPoints.Workload.Name, "--workers", "1", "--epochs", $"{Epochs + 1}", "--lr", rate.ToString(CultureInfo.InvariantCulture)]);
            var measured = run.Losses[Epochs];   // before the update of the step after
            var isTrue = Math.Abs(measured - predicted) <= Tolerance * predicted;
            allTrue &= isTrue;
            page.WriteLine(Text($"  {rate,13:0.000}   {predicted,14:G6}   {measured,14:G6}   {(isTrue ? "as predicted" : "NOT as predicted")}: {Verdict(rate, bowl)}"));
        }
        page.WriteLine(Text($"""

            Try next: ./cluster train hours-points --lr 0.2 --epochs 1000 (it ends with the slot that is no longer finite), and the rate
            right at the edge, --lr {2 / bowl.Large:0.0000}.
            """));
        return allTrue;
    }

    private static string Verdict(double rate, Bowl bowl) =>
        rate >= 2 / bowl.Large ? "too large, it diverges"
        : rate < 0.1 / bowl.Large ? "too small, it creeps"
        : rate > 1 / bowl.Large ? "so large that it leaps across the valley and back"
        : "right";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>The cost of y = Wx + b on a table of one input and one target, begun at W = b = 0.</summary>
    private sealed class Bowl
    {
        private readonly (double Large, double Small) _distance;   // of (0, 0) from the bottom, along the axes
        private readonly double _least;

        public Bowl(Table table)
        {
            double n = table.Count, sumX = 0, sumY = 0, sumXx = 0, sumXy = 0, sumYy = 0;
            for (var i = 0; i < table.Count; i++)
            {
                double x = table.Inputs(i)[0], y = table.Targets(i)[0];
                (sumX, sumY, sumXx, sumXy, sumYy) = (sumX + x, sumY + y, sumXx + (x * x), sumXy + (x * y), sumYy + (y * y));
            }
            // J = (W, b)·H·(W, b)ᵀ/2 − …, with H = 2/n·(Σx², Σx; Σx, n): a symmetric 2×2 matrix.
            var (a, b, d) = (2 * sumXx / n, 2 * sumX / n, 2.0);
            var middle = (a + d) / 2;
            var half = Math.Sqrt((((a - d) / 2) * ((a - d) / 2)) + (b * b));
            (Large, Small) = (middle + half, middle - half);
            var determinant = (n * sumXx) - (sumX * sumX);
            var (w, bias) = (((n * sumXy) - (sumX * sumY)) / determinant, ((sumXx * sumY) - (sumX * sumXy)) / determinant);
            _least = (sumYy - (w * sumXy) - (bias * sumY)) / n;
            var length = Math.Sqrt((b * b) + ((Large - a) * (Large - a)));
            var (ux, uy) = (b / length, (Large - a) / length);   // the steep axis
            _distance = ((w * ux) + (bias * uy), (-w * uy) + (bias * ux));
        }

        public double Large { get; }

        public double Small { get; }

        public double CostAfter(int steps, double rate)
        {
            double Along(double distance, double curvature) => curvature / 2 * Math.Pow(distance * Math.Pow(1 - (rate * curvature), steps), 2);
            return _least + Along(_distance.Large, Large) + Along(_distance.Small, Small);
        }
    }
}
