namespace MiniBatch.Launcher.Scale;

/// <summary>
/// What a step costs the server, as a sum: something always, something for each worker (a frame out, one in, a line's slot), something
/// for each parameter (update, sums of the version), something for each parameter of each worker (its gradient in, its part of the average, the version
/// out).
/// </summary>
/// <param name="Always">Seconds.</param>
/// <param name="PerWorker">Seconds.</param>
/// <param name="PerFloat">Seconds.</param>
/// <param name="PerWorkerAndFloat">Seconds.</param>
public sealed record ScaleModel(double Always, double PerWorker, double PerFloat, double PerWorkerAndFloat)
{
    private const int BitsPerFloat = 32;

    /// <summary>Processor seconds of the server for a step.</summary>
    public double ServerSeconds(double workers, double floats) =>
        Always + PerWorker * workers + PerFloat * floats + PerWorkerAndFloat * workers * floats;

    /// <summary>Seconds in which every version goes out of the server's one line and every gradient comes in by it, one after the other.</summary>
    /// <param name="workers">N.</param>
    /// <param name="floats">P.</param>
    /// <param name="bitsPerSecond">Of the line, each way.</param>
    public static double LineSeconds(double workers, double floats, double bitsPerSecond) => 2 * workers * floats * BitsPerFloat / bitsPerSecond;

    /// <summary>The model that comes nearest to what was measured: least squares of relative errors, with no cost below 0.</summary>
    /// <param name="measured">At least one.</param>
    public static ScaleModel Fit(IReadOnlyList<ScaleMeasurement> measured)
    {
        // Each line is divided by what was measured, so that a step of a second does not outweigh all steps of a millisecond.
        var lines = measured
            .Select(one => new[] { 1, one.Workers, one.Floats, (double)one.Workers * one.Floats }.Select(value => value / one.ServerSecondsPerRound).ToArray())
            .ToArray();
        var used = new List<int> { 3, 1, 2, 0 };
        while (used.Count > Math.Min(1, lines.Length))
        {
            if (Solve(lines, used) is not { } costs) used.RemoveAt(used.Count - 1);
            else if (costs.Min() is var least && least < 0) used.RemoveAt(Array.IndexOf(costs, least));
            else return Of(used, costs);
        }
        return Of(used, Solve(lines, used) ?? [0]);
    }

    private static ScaleModel Of(List<int> used, double[] costs)
    {
        return new ScaleModel(Cost(0), Cost(1), Cost(2), Cost(3));

        double Cost(int term) => used.IndexOf(term) is var place and >= 0 ? Math.Max(0, costs[place]) : 0;
    }

    /// <summary>Solves the normal equations by elimination; null where the measurements do not tell some costs apart.</summary>
    private static double[]? Solve(double[][] lines, List<int> used)
    {
        const double Singular = 1e-12;
        var n = used.Count;
        // Terms are of sizes from 1 to 1e8: each is scaled to 1.
        var scale = used.Select(term => Math.Sqrt(lines.Sum(line => line[term] * line[term]))).ToArray();
        var equations = new double[n, n + 1];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++) equations[i, j] = lines.Sum(line => line[used[i]] / scale[i] * (line[used[j]] / scale[j]));
            equations[i, n] = lines.Sum(line => line[used[i]] / scale[i]);
        }
        for (var pivot = 0; pivot < n; pivot++)
        {
            var best = Enumerable.Range(pivot, n - pivot).MaxBy(row => Math.Abs(equations[row, pivot]));
            if (Math.Abs(equations[best, pivot]) < Singular) return null;
            for (var column = 0; column <= n; column++)
                (equations[pivot, column], equations[best, column]) = (equations[best, column], equations[pivot, column]);
            for (var row = 0; row < n; row++)
            {
                if (row == pivot) continue;
                var factor = equations[row, pivot] / equations[pivot, pivot];
                for (var column = pivot; column <= n; column++) equations[row, column] -= factor * equations[pivot, column];
            }
        }
        return [.. Enumerable.Range(0, n).Select(i => equations[i, n] / equations[i, i] / scale[i])];
    }
}
