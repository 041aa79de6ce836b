using MiniBatch.Launcher.Bench;
using MiniBatch.Launcher.Bench.Systems;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Tests.Bench;

public sealed class BenchRowTests
{
    private static readonly BenchSystem Plain = new PlainLoop(new BuiltPrograms("dotnet", "Launcher.dll", "Coordinator.dll", "Worker.dll"));
    private static readonly BenchSystem OneProcess = new PythonTorch("python3", "ddp.py", Processes: 1);
    private static readonly BenchSystem Ddp = new PythonTorch("python3", "ddp.py", Processes: 2);

    [Fact]
    public void Warm_up_does_not_count() => Assert.Equal(20, BenchRow.SamplesPerSecondOf(Jobs.Report(1, 2), Jobs.Job().Length));

    [Fact]
    public void Report_of_another_length_is_refused() =>
        Assert.Throws<InvalidDataException>(() => BenchRow.SamplesPerSecondOf(Jobs.Report(1, 1, 1), Jobs.Job().Length));

    [Fact]
    public void Row_has_the_median_of_its_rounds_and_the_ratio_to_the_median_of_ddp()
    {
        var rows = BenchRow.Of(Jobs.Job(), [(Plain, Rounds(1, 3, 2)), (OneProcess, Rounds(1, 1, 1)), (Ddp, Rounds(5, 6, 4))]);

        Assert.Equal(new Spread(30 / 2.0, 30 / 3.0, 30 / 1.0), rows[0].SamplesPerSecond);
        Assert.Equal([30, 10, 15], rows[0].Rounds);
        Assert.Equal(1.5, rows[0].StepsPerSecond);
        Assert.Equal(6, rows[0].Steps);
        Assert.Equal(2.5, rows[0].RatioToDdp);
        Assert.Equal(1, rows[2].RatioToDdp);
    }

    [Fact]
    public void Without_ddp_there_is_no_ratio_and_the_table_shows_none()
    {
        var row = Assert.Single(BenchRow.Of(Jobs.Job(), [(Plain, Rounds(0.001))]));

        Assert.Null(row.RatioToDdp);
        Assert.Equal(["mnist-cnn", "C# loop, 1 process", "30,000", "(30,000–30,000)", "3,000", "–"], BenchTable.Cells(row));
    }

    /// <summary>A report a round, whose epochs took so many seconds.</summary>
    private static IReadOnlyList<BenchReport> Rounds(params double[] seconds) => [.. seconds.Select(one => Jobs.Report(one, one))];
}
