using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Progress;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests.Progress;

public sealed class ProgressTests
{
    private static readonly RunSpec Spec = Specs.Small();

    /// <summary>One epoch of 100 steps: long enough for some reports of progress.</summary>
    private static readonly RunSpec Long = Specs.Small(epochs: 1) with { TrainCount = 1200 };

    private static readonly EpochSummary Epoch = new(2, 0.123456, 0.2, 0.98765, 1.5, 12345.6);

    private static readonly RunSummary Summary = new()
    {
        Run = "test",
        Workload = "mnist-softmax",
        Engine = new EngineSummary("Akka.NET 1.5.74", "TorchSharp 0.107.0"),
        Device = "cpu",
        CpuCapability = CpuCapability.Avx2,
        Deterministic = true,
        Optimizer = "adam",
        LearningRate = 0.01,
        GlobalBatch = 12,
        Slots = 4,
        Workers = 2,
        Seed = 7,
        Mode = UpdateMode.Synchronous,
        Steps = 1234,
        Updates = 1234,
        UpdatesSkipped = 0,
        UpdatesClipped = 5,
        Seconds = 3.25,
        SamplesPerSecond = 1000,
        Epochs = [new EpochSummary(1, 1.5, 1.4, 0.5, 2, 1000), Epoch],
        TestAccuracy = 0.98765,
        ParameterCount = 7850,
        ParametersSha256 = new string('a', 64),
        StateSha256 = new string('b', 64),
        Faults = new FaultSummary(Seen: 1, CoordinatorRestarts: 0, SlotsReassigned: 2, SlotsBackedUp: 0, DuplicatesDropped: 3, StepsRedone: 4),
        Outcome = "completed",
        Reason = "all 2 epochs are trained",
    };

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(7.2, "8 s")]
    [InlineData(60, "1 min 0 s")]
    [InlineData(200, "3 min 20 s")]
    [InlineData(3900, "1 h 5 min")]
    [InlineData(180_000, "50 h 0 min")]
    public void Time_that_is_left_is_told_in_two_units_at_most(double seconds, string expected) =>
        Assert.Equal(expected, Pace.Words(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Nothing_is_left_after_the_last_sample_and_an_epoch_more_before_the_last_epoch()
    {
        var pace = new Pace(Spec);
        var second = TimeSpan.FromSeconds(1);
        Assert.Equal(TimeSpan.Zero, pace.Left(new ExchangeReport.Advanced(2, 8, 96, 0.5, second)));
        Assert.Equal(second, pace.Left(new ExchangeReport.Advanced(1, 8, 96, 0.5, second)));
    }

    [Fact]
    public void Rate_is_of_the_time_that_the_steps_took()
    {
        var progress = new ExchangeReport.Advanced(1, 4, 48, 0.5, TimeSpan.FromSeconds(2));
        Assert.Equal(24, Pace.SamplesPerSecond(progress), 3);
        Assert.Equal("24 samples/s  ETA 6 s", new Pace(Spec).Describe(progress));
    }

    /// <summary>Its samples are of all coordinators that trained in the epoch, and so must the time be that they took.</summary>
    [Fact]
    public void A_run_that_goes_on_within_an_epoch_reports_the_time_that_was_trained_before()
    {
        var hour = TimeSpan.FromHours(1);
        var spec = Long;
        var first = new ImaginaryCluster(spec, 1, "a") { BeforeAnswer = cluster => { if (cluster.Version == 50) cluster.SaveNow(); } }.Run();
        var middle = first.Saves.First(save => save.Position.StepsInEpoch == 50);

        var second = new ImaginaryCluster(spec, 2, middle with { Position = middle.Position with { Elapsed = hour } }, "a").Run();

        var reports = second.Reports.OfType<ExchangeReport.Advanced>().ToList();
        Assert.NotEmpty(reports);
        Assert.All(reports, report => Assert.InRange(report.Elapsed, hour, hour + TimeSpan.FromMinutes(1)));
        Assert.All(reports, report => Assert.InRange(Pace.SamplesPerSecond(report), 600 / 3660.0, 1200 / 3600.0));
    }

    [Fact]
    public void A_pause_is_no_time_of_an_epoch()
    {
        var cluster = new ImaginaryCluster(Long, 1, "a");
        cluster.Throttle.Set(0);
        cluster.WhenStuck = stuck =>
        {
            if (!stuck.View.IsHeld) return;
            stuck.Pass(TimeSpan.FromHours(1));
            stuck.Throttle.StepOnce();
            stuck.Pass(TimeSpan.Zero);
        };

        cluster.Run();

        var reports = cluster.Reports.OfType<ExchangeReport.Advanced>().ToList();
        Assert.NotEmpty(reports);
        Assert.All(reports, report => Assert.InRange(report.Elapsed, TimeSpan.Zero, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void Epoch_is_one_line_with_points_not_commas_in_fractions()
    {
        using var output = new StringWriter();
        using var view = new PlainView(Spec, output, TimeProvider.System);

        view.EpochStarted(2);
        view.EpochDone(Epoch);

        Assert.Equal(
            "epoch 2/2 done  train loss 0.1235  test loss 0.2000  test accuracy 0.9877  12,346 samples/s  1.5 s" + Environment.NewLine,
            output.ToString());
    }

    /// <summary>Nothing was computed that an average could be of; 0.0000 would be the best loss there is.</summary>
    [Fact]
    public void Epoch_in_which_every_update_was_left_out_has_no_training_loss()
    {
        using var output = new StringWriter();
        using var view = new PlainView(Spec, output, TimeProvider.System);

        view.EpochDone(Epoch with { TrainLoss = null });
        view.Ended(Summary with { Epochs = [Epoch with { TrainLoss = null }] }, new RunDirectory("/runs/test"));

        Assert.Contains("train loss none  test loss 0.2000", output.ToString());
        Assert.Contains("none", output.ToString().Split(Environment.NewLine).Single(line => line.StartsWith('│') && line.Contains("0.9877")));
        Assert.DoesNotContain("0.0000", output.ToString());
    }

    [Fact]
    public void Loss_that_is_very_small_is_not_shown_as_zero()
    {
        using var output = new StringWriter();
        using var view = new PlainView(Spec, output, TimeProvider.System);

        view.EpochDone(Epoch with { TrainLoss = 3e-7, TestLoss = 0.00004 });
        view.EpochDone(Epoch with { TrainLoss = 0, TestLoss = double.NaN });

        Assert.Contains("train loss 3.0e-7  test loss 0.000040  ", output.ToString());
        Assert.Contains("train loss 0.0000  test loss NaN  ", output.ToString());
    }

    [Fact]
    public void Clock_that_is_set_back_does_not_hold_up_progress()
    {
        using var output = new StringWriter();
        var clock = new SetClock { TimeOfDay = DateTimeOffset.UnixEpoch.AddYears(50) };
        using var view = new PlainView(Spec, output, clock);
        view.EpochStarted(1);

        clock.TimeOfDay -= TimeSpan.FromHours(1);
        clock.SinceStart += TimeSpan.FromSeconds(1);
        view.Advanced(new ExchangeReport.Advanced(1, 2, 24, 0.5, TimeSpan.FromSeconds(1)));
        Assert.Equal("", output.ToString());

        clock.SinceStart += TimeSpan.FromSeconds(1);
        view.Advanced(new ExchangeReport.Advanced(1, 3, 36, null, TimeSpan.FromSeconds(2)));
        Assert.StartsWith("epoch 1/2  step 3/", output.ToString());
        Assert.Contains("loss none", output.ToString());
    }

    [Fact]
    public void Summary_shows_every_epoch_the_faults_and_the_hashes_whole()
    {
        using var output = new StringWriter();
        using var view = new PlainView(Spec, output, TimeProvider.System);

        view.Ended(Summary, new RunDirectory("/runs/a-name-that-is-long-enough-to-be-wrapped-by-a-table-of-eighty-columns/test"));

        var lines = output.ToString().Split(Environment.NewLine);
        Assert.Equal(2, lines.Count(line => line.StartsWith('│') && line.Contains("0.5000") | line.Contains("0.9877")));
        Assert.Contains("outcome        completed: all 2 epochs are trained", lines);
        Assert.Contains("test accuracy  0.9877", lines);
        Assert.Contains("steps          1,234 of 12 samples in 4 slots", lines);
        Assert.Contains(lines, line => line.StartsWith("clipped        the gradients of 5 of 1", StringComparison.Ordinal));
        Assert.Contains("workers        2 (cpu)", lines);
        Assert.Contains("faults         1 seen, 2 slots reassigned, 4 steps redone, 3 duplicates dropped", lines);
        Assert.Contains($"parameters     7,850  sha256 {new string('a', 64)}", lines);
        Assert.Contains($"state          sha256 {new string('b', 64)}", lines);
        Assert.Contains("run directory  /runs/a-name-that-is-long-enough-to-be-wrapped-by-a-table-of-eighty-columns/test", lines);
        Assert.DoesNotContain(lines, line => line.Contains('\u001b'));   // a log collector has no colours
    }

    [Fact]
    public void Summary_of_a_run_without_model_or_epochs_has_neither_hash_nor_table()
    {
        using var output = new StringWriter();
        using var view = new PlainView(Spec, output, TimeProvider.System);

        view.Ended(Summary with { Epochs = [], TestAccuracy = null, ParametersSha256 = "", Outcome = "failed", Reason = "no worker" }, new RunDirectory("/runs/test"));

        Assert.DoesNotContain("sha256", output.ToString());
        Assert.DoesNotContain("test accuracy", output.ToString());
        Assert.Contains("outcome        failed: no worker", output.ToString());
    }

    /// <summary>A machine's two clocks: the time of day can be set, the other only goes on.</summary>
    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset TimeOfDay { get; set; }

        public TimeSpan SinceStart { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => TimeOfDay;

        public override long GetTimestamp() => SinceStart.Ticks;
    }
}
