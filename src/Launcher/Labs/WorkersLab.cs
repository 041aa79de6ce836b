using System.Globalization;

namespace MiniBatch.Launcher.Labs;

/// <summary>
/// When another worker helps: a step is computing, which is shared, and an exchange, which is not. What one worker's run says
/// of both predicts the others.
/// </summary>
public sealed class WorkersLab : Lab
{
    private static readonly int[] Workers = [1, 2, 4];

    /// <inheritdoc />
    public override string Name => "workers";

    /// <inheritdoc />
    public override string Question => "when adding workers makes it slower (softmax) and when faster (cnn), with this machine's numbers";

    /// <inheritdoc />
    public override bool Run(LabBench bench, TextWriter page)
    {
        page.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            A step of one worker takes C + R: C to compute its four slots, R for everything that is not computing: sending the version,
            receiving gradients, averaging, the update. With N workers C is shared, by at most as many as there are cores (here
            {Environment.ProcessorCount}), and R is not: it rather grows, by a version and a gradient for each. So at the best

                step(N) = C / min(N, {Environment.ProcessorCount}) + R

            and what R was not, but computing was, is what another worker can take away.

            """));
        if (LoadAverage.OfLastMinute() is { } load && load > Environment.ProcessorCount / 2.0)
        {
            page.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                Other programs keep this machine busy (load {load:0.0} on {Environment.ProcessorCount} cores): what follows measures them as well, and may come
                out either way. Run the lab again when they are done.

                """));
        }
        Measure("mnist-softmax", "20000", bench, page);
        Measure("mnist-cnn", "3000", bench, page);
        page.WriteLine("""
            What comes out above its prediction is what the formula leaves out: workers that share a core, caches and memory.
            Try next: ./cluster bench softmax, which has PyTorch's figures beside; and the same with --batch 1000, which computes ten times as
            much a step and exchanges as little.
            """);
        return true;   // the machine decides
    }

    private static void Measure(string workload, string samples, LabBench bench, TextWriter page)
    {
        page.WriteLine($"  {workload}, batch 100 in 4 slots\n\n    workers   predicted step   measured step   beside one worker");
        var (compute, rest, one) = (0.0, 0.0, 0.0);
        foreach (var workers in Workers)
        {
            var steps = bench.Train([workload, "--workers", $"{workers}", "--epochs", "1", "--limit-train", samples, "--limit-test", "1000"]).Steps;
            var measured = Median(steps.Select(step => step.Step.TotalMilliseconds));
            if (workers == 1)
            {
                one = measured;
                compute = Median(steps.Select(step => step.Compute.TotalMilliseconds));
                rest = one - compute;
            }
            var predicted = (compute / Math.Min(workers, Environment.ProcessorCount)) + rest;
            page.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"    {workers,7}   {(workers == 1 ? "" : $"{predicted:0.00} ms"),14}   {$"{measured:0.00} ms",13}   {Beside(measured / one)}"));
        }
        page.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"\n    of one worker's step {compute:0.00} ms are computing (C), {rest:0.00} ms are not (R): {100 * compute / one:0} % can be shared\n"));
    }

    private static string Beside(double ratio) =>
        ratio == 1 ? ""
        : ratio < 1 ? string.Create(CultureInfo.InvariantCulture, $"{1 / ratio:0.00} times as fast")
        : string.Create(CultureInfo.InvariantCulture, $"{ratio:0.00} times as slow");

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
