using MiniBatch.Launcher.Bench;
using MiniBatch.Launcher.Scale;

namespace MiniBatch.Launcher.Tests.Scale;

public sealed class ScaleModelTests
{
    private static readonly (int Workers, int Floats)[] Sizes =
        [.. new[] { 1, 4, 16, 64 }.SelectMany(workers => new[] { 10_000, 100_000, 1_000_000 }.Select(floats => (workers, floats)))];

    [Fact]
    public void Costs_that_made_the_measurements_are_found_again()
    {
        var costs = new ScaleModel(20e-6, 5e-6, 0.4e-9, 1.5e-9);

        var found = ScaleModel.Fit(Measured(costs));

        Assert.Equal(20e-6, found.Always, 20e-6 * 1e-6);
        Assert.Equal(5e-6, found.PerWorker, 5e-6 * 1e-6);
        Assert.Equal(0.4e-9, found.PerFloat, 0.4e-9 * 1e-6);
        Assert.Equal(1.5e-9, found.PerWorkerAndFloat, 1.5e-9 * 1e-6);
    }

    [Fact]
    public void No_cost_is_below_0()
    {
        var found = ScaleModel.Fit(Measured(new ScaleModel(20e-6, 5e-6, -0.2e-9, 1.5e-9)));

        Assert.Equal(0, found.PerFloat);
        Assert.InRange(found.PerWorkerAndFloat, 1e-9, 1.5e-9);
    }

    [Fact]
    public void One_measurement_is_explained_by_one_cost()
    {
        var only = new ScaleMeasurement(4, 1000, 100, 1, 0.5, 50);

        Assert.Equal(only.ServerSecondsPerRound, ScaleModel.Fit([only]).ServerSeconds(4, 1000), 1e-12);
    }

    [Fact]
    public void Line_carries_every_version_out_and_every_gradient_in() =>
        Assert.Equal(0.064, ScaleModel.LineSeconds(workers: 1000, floats: 25_000, bitsPerSecond: 25e9), 1e-12);

    [Fact]
    public void Report_draws_points_and_the_models_curve_for_each_size()
    {
        var report = new ScaleReport
        {
            Taken = DateTimeOffset.UnixEpoch, Machine = new Machine("imaginary", 2, "none", "none"), Measured = Measured(new ScaleModel(20e-6, 5e-6, 0.4e-9, 1.5e-9)),
            Points = [.. Sizes.Select(size => new ScalePoint(size.Workers, size.Floats))],
        };

        var plot = report.Plot();

        Assert.Equal(["10,000 floats", "the model", "100,000 floats", "the model", "1,000,000 floats", "the model"], plot.Series.Select(series => series.Name));
        Assert.Equal(4, plot.Series[0].Points.Count);
        // A curve goes through the points that the model explains.
        Assert.Equal(plot.Series[0].Points[^1].Y, plot.Series[1].Points[^1].Y, 1e-6);
    }

    private static IReadOnlyList<ScaleMeasurement> Measured(ScaleModel costs) =>
        [.. Sizes.Select(size => new ScaleMeasurement(size.Workers, size.Floats, 100, 1, 100 * costs.ServerSeconds(size.Workers, size.Floats), 50))];
}
