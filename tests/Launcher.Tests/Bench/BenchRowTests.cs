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
        Assert.Equal(1, rows[0].RatioToLoops);
        Assert.Equal(2, rows[1].RatioToLoops);
        // Two processes are held against two loops.
        Assert.Equal(0.2, rows[2].RatioToLoops);
        // The epochs that count were as fast as each other, the first took 1000 s.
        Assert.Equal(0.002, rows[0].RatioOfFirstEpoch);
    }

    [Fact]
    public void Without_ddp_there_is_no_ratio_and_the_table_shows_none()
    {
        var row = Assert.Single(BenchRow.Of(Jobs.Job(), [(Plain, Rounds(0.001))]));

        Assert.Null(row.RatioToDdp);
        Assert.Equal(["mnist-cnn", "C# loop, 1 process", "30,000", "(30,000–30,000)", "3,000", "1.00", "–", "0.00", "–"], BenchTable.Cells(row));
        Assert.Equal(["mnist-cnn", "C# loop, 1 process", .. Enumerable.Repeat("–", 9)], BenchTable.StepCells(row));
    }

    [Fact]
    public void Row_has_the_medians_of_what_a_step_took_and_of_what_the_machine_gave()
    {
        BenchReport[] reports =
        [
            Measured(new StepTimes(900, 600, 100, 50, 150, 100), new MachineUse(1.5, 0, 0, 3000, 6000)),
            Measured(new StepTimes(1000, 700, 130, 70, 170, 90), new MachineUse(1.9, 0, 0, 9000, 9000)),
            Measured(new StepTimes(1100, 650, 200, 60, 160, 80), new MachineUse(1.7, 0, 0, 6000, 3000)),
        ];

        var row = Assert.Single(BenchRow.Of(Jobs.Job(), [(Plain, reports)]));

        // 3,000 steps a second.
        Assert.Equal(["mnist-cnn", "C# loop, 1 process", "1,000", "650", "130", "60", "160", "90", "1.70", "2.0", "2.0"], BenchTable.StepCells(row));
        Assert.Equal("1.3 s", BenchTable.Cells(row)[^1]);

        BenchReport Measured(StepTimes step, MachineUse use) => Jobs.Report(0.001, 0.001) with { Step = step, Use = use, FirstStepSeconds = 1.25 };
    }

    [Theory]
    [InlineData(0.05, 0.04, null)]
    [InlineData(0.3, 0, "This machine was busy: in one measurement others took cores, at most 0.30 and its host 0.00 of 2 (mnist-cnn, C# loop, 1 process).")]
    [InlineData(0, 0.2, "This machine was busy: in one measurement others took cores, at most 0.00 and its host 0.20 of 2 (mnist-cnn, C# loop, 1 process).")]
    public void Busy_machine_is_said(double others, double stolen, string? line)
    {
        var reports = new[] { 0.01, 1 }.Select(part => Jobs.Report(1, 1) with { Use = new MachineUse(1, part * others, part * stolen, 0, 0) });
        var result = new BenchResult
        {
            Taken = DateTimeOffset.UnixEpoch, Machine = new Machine("imaginary", 2, "none", "none"), Device = "cpu", GlobalBatch = 10, Slots = 2, Rounds = 2,
            Rows = BenchRow.Of(Jobs.Job(), [(Plain, [.. reports])]),
        };

        if (line is null) Assert.Null(BenchTable.Disturbance(result));
        else Assert.StartsWith(line, BenchTable.Disturbance(result));
    }

    /// <summary>A report a round, whose epochs took so many seconds.</summary>
    private static IReadOnlyList<BenchReport> Rounds(params double[] seconds) => [.. seconds.Select(one => Jobs.Report(one, one))];
}
