using System.Diagnostics;
using System.Diagnostics.Metrics;
using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Hosting.Tests.Parsing;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Hosting.Tests;

/// <summary>What becomes of a ledger's lines.</summary>
public sealed class TrainingMetricsTests : IDisposable
{
    private readonly Meter _meter = new(nameof(TrainingMetricsTests));
    private readonly ServedNode _node;

    public TrainingMetricsTests() => _node = new ServedNode(telemetry: ServedNode.Telemetry(_meter.Name));

    public void Dispose()
    {
        _node.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Steps_of_a_synchronous_run_are_counted_and_split_by_worker()
    {
        var metrics = new TrainingMetrics(_meter, Specs.Of("sync"));
        metrics.Committed(Line(1, new("a", 6, "", 300, ArrivedMicroseconds: 500), new("b", 6, "", 400, ArrivedMicroseconds: 1750)));
        metrics.Committed(Line(2, new("a", 6, "", 300, ArrivedMicroseconds: 500), new("b", 6, "", 400, ArrivedMicroseconds: 1750)));
        var read = Read();

        Assert.Equal((2, 2), (read.Value("minibatch_steps_total"), read.Value("minibatch_updates_total")));
        Assert.Equal((12, 24), (read.Value("minibatch_samples_total", ("worker", "a")), read.Sum("minibatch_samples_total")));
        Assert.Equal((2, 16), (read.Value("minibatch_step"), read.Value("minibatch_planned_steps")));
        Assert.Equal((0.5, 0.75), (read.Value("minibatch_train_loss"), read.Value("minibatch_train_accuracy_ratio")));
        Assert.Equal(0.004, read.Value("minibatch_step_duration_seconds_sum"), 1e-9);
        Assert.Equal(0.0006, read.Value("minibatch_step_compute_seconds_sum", ("worker", "a")), 1e-9);
        Assert.Equal(0.0004, read.Value("minibatch_step_send_seconds_sum", ("worker", "a")), 1e-9);
        Assert.Equal(0.0025, read.Value("minibatch_step_wait_seconds_sum", ("worker", "a")), 1e-9);
        Assert.Equal(0.0005, read.Value("minibatch_step_apply_seconds_sum"), 1e-9);
        Assert.False(read.Has("minibatch_staleness_count"));
    }

    [Fact]
    public void Slots_that_were_applied_on_arrival_make_up_steps_and_have_their_staleness()
    {
        var metrics = new TrainingMetrics(_meter, Specs.Of("async"));
        metrics.Committed(Line(1, new LedgerSlot("a", 6, "", 300, new LedgerArrival(1, 0, 0), 1750)));
        metrics.Committed(Line(2, new LedgerSlot("b", 6, "", 300, new LedgerArrival(1, 1, 0), 1750)));
        metrics.Committed(Line(3, new LedgerSlot("a", 6, "", 300, new LedgerArrival(2, 0, 1), 1750)));
        var read = Read();

        Assert.Equal((1, 3), (read.Value("minibatch_steps_total"), read.Value("minibatch_updates_total")));
        Assert.Equal(1, read.Value("minibatch_staleness_sum", ("worker", "b")));
        Assert.Equal((1, 2), (read.Value("minibatch_staleness_bucket", ("worker", "a"), ("le", "0.0")), read.Value("minibatch_staleness_count", ("worker", "a"))));
    }

    [Fact]
    public void Update_that_was_left_out_applied_no_samples()
    {
        var metrics = new TrainingMetrics(_meter, Specs.Of("sync"));
        metrics.Committed(Line(1, new LedgerSlot("a", 12, "", 300, ArrivedMicroseconds: 500)) with { Skipped = "step 1", Loss = double.NaN });
        var read = Read();
        Assert.Equal((1, 0), (read.Value("minibatch_updates_total"), read.Value("minibatch_samples_total")));
        Assert.Equal(double.NaN, read.Value("minibatch_train_loss"));
    }

    [Fact]
    public void Run_that_goes_on_has_its_steps_at_once_and_counts_those_that_it_computes_again()
    {
        var metrics = new TrainingMetrics(_meter, Specs.Of("sync"));
        Assert.Equal(0, Read().Value("minibatch_step"));
        metrics.GoesOn(5, redone: 1, [new EpochSummary(1, 0.5, 0.25, 0.9, 1, 96)]);
        var read = Read();
        Assert.Equal((5, 0), (read.Value("minibatch_step"), read.Value("minibatch_steps_total")));
        Assert.Equal(0.25, read.Value("minibatch_test_loss"));
        metrics.Committed(Line(6, new LedgerSlot("a", 12, "", 300, ArrivedMicroseconds: 500)));
        metrics.Committed(Line(7, new LedgerSlot("a", 12, "", 300, ArrivedMicroseconds: 500)));
        read = Read();
        Assert.Equal((7, 2, 1), (read.Value("minibatch_step"), read.Value("minibatch_steps_total"), read.Value("minibatch_steps_redone_total")));
    }

    [Fact]
    public void Evaluation_and_checkpoint_are_told_from_the_first_on()
    {
        var metrics = new TrainingMetrics(_meter, Specs.Of("sync"));
        Assert.False(Read().Has("minibatch_test_loss"));
        metrics.Completed(new EpochSummary(1, 0.5, 0.25, 0.9, 1, 96));
        metrics.Completed(new EpochSummary(2, 0.4, null, null, 1, 96));   // not evaluated
        metrics.CheckpointWritten(Stopwatch.GetTimestamp());
        var read = Read();
        Assert.Equal((0.25, 0.9), (read.Value("minibatch_test_loss"), read.Value("minibatch_test_accuracy_ratio")));
        Assert.Equal((1, 1), (read.Value("minibatch_checkpoints_total"), read.Value("minibatch_checkpoint_write_seconds_count")));
        Assert.True(read.Value("minibatch_checkpoint_age_seconds") >= 0);
    }

    private Exposition Read() => _node.Metrics();

    private static LedgerLine Line(long step, params LedgerSlot[] slots) => new(
        step, Epoch: 1, Generation: 1, Loss: 0.5, Correct: slots.Sum(slot => slot.Samples) * 3 / 4, LearningRate: 0.1, GradientNorm: 1, Clipped: false,
        VersionCrc: "0000abcd", StateSha256: null, Milliseconds: 2, slots);
}
