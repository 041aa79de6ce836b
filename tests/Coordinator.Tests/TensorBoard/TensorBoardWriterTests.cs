using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Coordinator.TensorBoard;
using MiniBatch.Coordinator.Tests.Exchange;
using MiniBatch.Coordinator.Tests.Recording;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;
using Tensorboard;

namespace MiniBatch.Coordinator.Tests.TensorBoard;

/// <summary>TensorBoard shows a run's points once each, whatever becomes of its coordinators; and the run never notices.</summary>
public sealed class TensorBoardWriterTests : IDisposable
{
    private static readonly RunSpec Spec = Specs.Small();   // 2 epochs of 8 steps
    private static readonly ModelSnapshot Model = new(new ModelLayout([], [], []), 0, [], [], default);
    private static readonly ExchangeReport.Evaluated Evaluated = new(8, 1500, 0.25, 1200);

    private readonly string _logs = Directory.CreateTempSubdirectory("minibatch-test-").FullName;

    public void Dispose() => Directory.Delete(_logs, recursive: true);

    private string Folder => Path.Combine(_logs, Spec.Run.Value);

    [Fact]
    public async Task Run_over_real_connections_has_a_point_of_each_step_and_the_parameters_that_it_has_without()
    {
        using var bench = new Bench(Spec, tensorBoard: _logs);
        using var a = await bench.Connect("a");
        using var b = await bench.Connect("b");
        _ = a.Work();
        _ = b.Work();
        bench.Deal(a, b);
        await bench.Initialise();

        Assert.Equal(new ImaginaryCluster(Spec, seed: 0, "a").Run().ParametersSha256, await bench.ToTheEnd());

        var ledger = await bench.Ledger();
        var shown = EventFiles.Shown(Folder);
        Assert.Equal(16, ledger.Count);
        AssertCurve(shown, "step/loss", ledger.Select(line => (line.Step, line.Loss)));
        AssertCurve(shown, "step/accuracy", ledger.Select(line => (line.Step, line.Correct / 12.0)));
        AssertCurve(shown, "step/learning_rate", ledger.Select(line => (line.Step, line.LearningRate)));
        AssertCurve(shown, "step/gradient_norm", ledger.Select(line => (line.Step, line.GradientNorm)));
        AssertCurve(shown, "step/samples_per_second", ledger.Select(line => (line.Step, 12_000 / line.Milliseconds)));
        AssertHistograms(shown["gradient/w"], ledger);
        Assert.Equal(6, shown.Count);
    }

    [Fact]
    public void File_begins_as_tensorflows_own_do()
    {
        Write(new Incarnation(1), resumed: null);

        var file = Assert.Single(EventFiles.In(Folder));
        Assert.Equal("events.out.tfevents.1700000000.000001." + Environment.MachineName, Path.GetFileName(file));
        // A record of 24 bytes, the masked CRC-32C of that, and field 1 as a double.
        Assert.Equal("1800000000000000A37F4B2209", Convert.ToHexString(File.ReadAllBytes(file).AsSpan(0, 13)));
        var events = EventFiles.Read(file);
        Assert.Equal(("brain.Event:2", 1_700_000_000.25), (events[0].FileVersion, events[0].WallTime));
        Assert.Equal(2, events.Count);
    }

    [Theory]
    [InlineData("sync")]
    [InlineData("async")]
    [InlineData("bounded:1")]
    public void Last_update_of_an_epoch_keeps_its_gradient_as_it_was_before_clipping_and_decay(string mode)
    {
        UpdateMode.TryParse(mode, out var parsed);
        var spec = Specs.Small(optimizer: OptimizerKind.Sgd) with
        {
            Mode = parsed, Clip = new ClipSettings(ClipKind.Norm, 1e-3), Optimizer = OptimizerSettings.Default(OptimizerKind.Sgd) with { WeightDecay = 0.1 },
        };
        ExchangeOptions options = new(WorkerTimeouts.For(spec)) { KeepsGradients = true };
        var ledger = new ImaginaryCluster(spec, seed: 1, options, "a", "b").Run().Ledger;

        var keeping = ledger.Where(step => step.Update.Gradient is not null).ToList();
        Assert.Equal([spec.UpdatesPerEpoch, 2 * spec.UpdatesPerEpoch], keeping.Select(step => step.Step));
        Assert.All(keeping, step =>
        {
            Assert.True(step.Update.Clipped);
            Assert.Equal(step.Update.GradientNorm, Math.Sqrt(step.Update.Gradient!.Values.Sum(value => (double)value * value)), 1e-9 * step.Update.GradientNorm);
        });
        Assert.DoesNotContain(new ImaginaryCluster(spec, seed: 1, "a", "b").Run().Ledger, step => step.Update.Gradient is not null);
    }

    [Fact]
    public void Gradient_has_a_histogram_for_each_parameter_by_its_name()
    {
        var layout = new ModelLayout([new TensorLayout("fc.weight", [2, 31]), new TensorLayout("fc.bias", [2])], [], []);
        float[] values = [.. Enumerable.Range(0, 62).Select(i => i / 61f), 0.5f, 0.5f];
        Write(Specs.First, resumed: null, writer => writer.Committed(Line(8), new AveragedGradient(layout, values)));

        var shown = EventFiles.Shown(Folder);
        var (step, weight) = Assert.Single(shown["gradient/fc.weight"]);
        Assert.Equal((8, 62, 0, 1), (step, weight.Histo.Num, weight.Histo.Min, weight.Histo.Max));
        Assert.Equal(values.Take(62).Sum(value => (double)value), weight.Histo.Sum, 1e-9);
        Assert.Equal(Enumerable.Range(1, 30).Select(i => i / 30.0), weight.Histo.BucketLimit, (expected, limit) => Math.Abs(expected - limit) < 1e-12);
        // Counted by hand: values i / 61, limits (k + 1) / 30, the greatest in the last bucket.
        Assert.Equal(
            Enumerable.Range(0, 30).Select(bucket => (double)Enumerable.Range(0, 62).Count(i => Math.Min(29, (int)(i * 30.0 / 61)) == bucket)), weight.Histo.Bucket);
        var (_, bias) = Assert.Single(shown["gradient/fc.bias"]);
        Assert.Equal((2, 0.5, 0.5), (bias.Histo.Num, bias.Histo.Min, bias.Histo.Max));
        Assert.Equal(([0.5], [2.0]), (bias.Histo.BucketLimit, bias.Histo.Bucket));
    }

    [Fact]
    public void Curves_of_a_long_run_have_about_a_thousand_points_and_its_speed_is_over_all_steps_between()
    {
        var spec = Spec with { Epochs = 313 };   // 2,504 steps: every third
        Write(Specs.First, resumed: null, spec, writer =>
        {
            for (var step = 1L; step <= 2504; step++) writer.Committed(Line(step) with { Milliseconds = step % 3 }, gradient: null);
        });

        var shown = EventFiles.Shown(Folder);
        AssertCurve(shown, "step/loss", Enumerable.Range(1, 834).Select(i => (3L * i, Line(3 * i).Loss)));
        Assert.All(shown["step/samples_per_second"], point => Assert.Equal(12_000f, point.Value.SimpleValue));   // 36 samples in 0 + 1 + 2 ms
    }

    [Fact]
    public void Slots_that_are_applied_on_arrival_have_no_speed_of_a_step()
    {
        Write(Specs.First, resumed: null, Spec with { Mode = UpdateMode.Asynchronous }, writer => writer.Committed(Line(4), gradient: null));
        Assert.Equal(["step/accuracy", "step/gradient_norm", "step/learning_rate", "step/loss"], EventFiles.Shown(Folder).Keys.Order());
    }

    [Fact]
    public async Task Epoch_has_its_losses_accuracy_and_speed_at_its_last_step()
    {
        using (var directory = new TemporaryRun())
        await using (var recorder = new RunRecorder(Spec, directory.Run, Specs.First) { TensorBoard = Writer(Specs.First, resumed: null, Spec) })
        {
            recorder.Add(new ExchangeReport.EpochTrained(1, 96, 0.5, TimeSpan.FromSeconds(2)), Evaluated);
            recorder.Add(new ExchangeReport.EpochTrained(2, 96, 0.25, TimeSpan.FromSeconds(1)), evaluated: null);
        }

        var shown = EventFiles.Shown(Folder);
        AssertCurve(shown, "epoch/train_loss", [(8, 0.5), (16, 0.25)]);
        AssertCurve(shown, "epoch/test_loss", [(8, 0.25)]);
        AssertCurve(shown, "epoch/test_accuracy", [(8, 0.8)]);
        AssertCurve(shown, "epoch/samples_per_second", [(8, 48), (16, 96)]);
    }

    [Fact]
    public void Steps_that_are_computed_again_after_a_crash_are_shown_once()
    {
        Write(new Incarnation(1), resumed: null, writer => Commit(writer, 1, 12));
        Write(new Incarnation(2), At(version: 5), writer => Commit(writer, 6, 16));   // in the same second

        Assert.Equal(2, EventFiles.In(Folder).Length);
        AssertCurve(EventFiles.Shown(Folder), "step/loss", Enumerable.Range(1, 16).Select(step => ((long)step, Line(step).Loss)));
    }

    [Fact]
    public void Run_that_begins_again_for_want_of_a_checkpoint_is_shown_once()
    {
        Write(new Incarnation(1), resumed: null, writer => Commit(writer, 1, 3));
        Write(new Incarnation(2), resumed: null, writer => Commit(writer, 1, 4));

        AssertCurve(EventFiles.Shown(Folder), "step/loss", Enumerable.Range(1, 4).Select(step => ((long)step, Line(step).Loss)));
    }

    [Fact]
    public void Epoch_that_was_shown_and_is_not_in_the_checkpoint_is_shown_once()
    {
        var epoch = new EpochSummary(1, 0.5, 0.25, 0.8, 2, 48);
        Write(new Incarnation(1), resumed: null, writer =>
        {
            Commit(writer, 1, 8);
            writer.Completed(epoch);
            Commit(writer, 9, 10);
        });
        Write(new Incarnation(2), At(version: 8), writer =>
        {
            writer.Completed(epoch);
            Commit(writer, 9, 16);
        });

        var shown = EventFiles.Shown(Folder);
        AssertCurve(shown, "epoch/test_loss", [(8, 0.25)]);
        // The step that the epoch ended with goes: its point can't be told from the epoch's.
        Assert.Equal(Enumerable.Range(1, 16).Where(step => step != 8).Select(step => (long)step), shown["step/loss"].Select(point => point.Step));
    }

    [Fact]
    public void Epoch_that_is_in_the_checkpoint_stays()
    {
        var epoch = new EpochSummary(1, 0.5, 0.25, 0.8, 2, 48);
        Write(new Incarnation(1), resumed: null, writer =>
        {
            Commit(writer, 1, 8);
            writer.Completed(epoch);
            Commit(writer, 9, 10);
        });
        Write(new Incarnation(2), At(version: 8, epoch), writer => Commit(writer, 9, 16));

        var shown = EventFiles.Shown(Folder);
        AssertCurve(shown, "epoch/test_loss", [(8, 0.25)]);
        Assert.Equal(Enumerable.Range(1, 16).Select(step => (long)step), shown["step/loss"].Select(point => point.Step));
    }

    [Fact]
    public void Folder_that_cannot_be_made_is_one_warning()
    {
        using var logged = new LoggedFailures();
        File.WriteAllText(Folder, "in the way");
        Write(Specs.First, At(version: 5), writer => Commit(writer, 6, 16));

        Assert.Matches("^Warning: nothing more is written for TensorBoard \\(.*already exists.*\\); the run goes on$", Assert.Single(logged.Lines));
    }

    [Fact]
    public async Task Disk_that_is_full_is_one_warning_and_the_run_completes()
    {
        using var logged = new LoggedFailures();
        using var directory = new TemporaryRun();
        var recorder = new RunRecorder(Spec, directory.Run, Specs.First) { TensorBoard = Writer(Specs.First, resumed: null, Spec) };
        FullDisk.Under(Assert.Single(EventFiles.In(Folder)));
        foreach (var step in new ImaginaryCluster(Spec, seed: 1, "a").Run().Ledger) recorder.Add(step);

        var summary = await recorder.Finish(Model with { Version = 16 }, new RunEnd("completed", "all 2 epochs are trained"));

        Assert.Equal("completed", summary.Outcome);
        Assert.Equal(16, LedgerLines.Read(directory.Run.Ledger).Count());
        Assert.Contains("No space left on device", Assert.Single(logged.Lines));
    }

    private TensorBoardWriter Writer(Incarnation incarnation, Checkpoint? resumed, RunSpec spec) => new(spec, _logs, incarnation, resumed, new StandingClock());

    private void Write(Incarnation incarnation, Checkpoint? resumed, Action<TensorBoardWriter>? write = null) => Write(incarnation, resumed, Spec, write);

    private void Write(Incarnation incarnation, Checkpoint? resumed, RunSpec spec, Action<TensorBoardWriter>? write)
    {
        using var writer = Writer(incarnation, resumed, spec);
        write?.Invoke(writer);
    }

    private static void Commit(TensorBoardWriter writer, int first, int last)
    {
        for (var step = first; step <= last; step++) writer.Committed(Line(step), gradient: null);
    }

    private static LedgerLine Line(long step) => new(
        step, (int)((step + 7) / 8), 1, 1.0 / step, 6, 0.01, 2, false, "00000000", null, 1.5, [new LedgerSlot("a", 12, "00000000", 100)]);

    private static Checkpoint At(long version, params EpochSummary[] epochs) =>
        new(Model with { Version = version }, RunPosition.Start, LedgerMark.Start, epochs, Specs.Arithmetic);

    private static void AssertCurve(
        Dictionary<string, List<(long Step, Summary.Types.Value Value)>> shown, string tag, IEnumerable<(long Step, double Value)> expected) =>
        Assert.Equal(expected.Select(point => (point.Step, (float)point.Value)), shown[tag].Select(point => (point.Step, point.Value.SimpleValue)));

    private static void AssertHistograms(List<(long Step, Summary.Types.Value Value)> histograms, IReadOnlyList<LedgerLine> ledger)
    {
        Assert.Equal([8, 16], histograms.Select(histogram => histogram.Step));
        Assert.All(histograms, histogram =>
        {
            var (norm, histo) = (ledger[(int)histogram.Step - 1].GradientNorm, histogram.Value.Histo);
            Assert.Equal((37, 37), (histo.Num, histo.Bucket.Sum()));
            Assert.Equal(norm * norm, histo.SumSquares, 1e-9 * norm * norm);
        });
    }

    /// <summary>A quarter of a second past a full one, for ever.</summary>
    private sealed class StandingClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_250);
    }

    private sealed class TemporaryRun : IDisposable
    {
        public TemporaryRun() => Run.Create();

        public RunDirectory Run { get; } = new(Directory.CreateTempSubdirectory("minibatch-test-").FullName);

        public void Dispose() => Directory.Delete(Run.Root, recursive: true);
    }
}
