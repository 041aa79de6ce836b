using MiniBatch.Launcher.Scale;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Tests.Scale;

public sealed class ScaleServerTests
{
    private const string Secret = "secret";

    [Fact]
    public async Task Synthetic_workers_take_part_in_every_round()
    {
        var point = new ScalePoint(Workers: 3, Floats: 1000);
        Task workers;
        ScaleMeasurement measured;
        await using (var server = new ScaleServer(point, Secret))
        {
            workers = Task.Factory.StartNew(() => SyntheticWorkers.Run(point, server.Port, Secret), TaskCreationOptions.LongRunning);
            measured = await server.MeasureAsync(TimeSpan.FromMilliseconds(100));
        }

        // They were told goodbye.
        await workers.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((3, 1000), (measured.Workers, measured.Floats));
        Assert.True(measured.Rounds > 0, $"{measured}");
        Assert.True(measured.Seconds >= 0.1, $"{measured}");
        Assert.True(measured.ServerSeconds > 0, $"{measured}");
    }

    [Fact]
    public async Task Workers_that_end_end_the_measurement()
    {
        await using var server = new ScaleServer(new ScalePoint(Workers: 2, Floats: 10), Secret);
        server.WorkersEnded("exit code 1: no memory");

        var error = await Assert.ThrowsAsync<UserErrorException>(() => server.MeasureAsync(TimeSpan.FromSeconds(1)));

        Assert.Equal("the synthetic workers ended: exit code 1: no memory", error.Message);
    }

    [Fact]
    public async Task Worker_with_another_secret_says_so()
    {
        var point = new ScalePoint(Workers: 1, Floats: 10);
        await using var server = new ScaleServer(point, Secret);

        Assert.StartsWith("worker-1: ", Assert.Throws<UserErrorException>(() => SyntheticWorkers.Run(point, server.Port, "another")).Message);
    }

    [Theory]
    [InlineData(1, 10_000, true)]
    [InlineData(16, 25_000_000, true)]
    [InlineData(17, 25_000_000, false)]
    [InlineData(4096, 25_000_000, false)]
    public void What_is_too_large_is_not_measured(int workers, int floats, bool isMeasurable) =>
        Assert.Equal(isMeasurable, new ScalePoint(workers, floats).IsMeasurable);
}
