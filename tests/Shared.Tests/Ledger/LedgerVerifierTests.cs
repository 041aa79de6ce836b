using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Numerics.Schedules;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Tests.Ledger;

/// <summary>A sound ledger is found sound, and every kind of tampering is found at its line.</summary>
public sealed class LedgerVerifierTests
{
    private static readonly LabelledImages Train = SyntheticImages.Create(100, seed: 1).Train;
    private static readonly WrittenRun Run = new(WrittenRun.SmallSpec, Train);

    [Fact]
    public void Sound_ledger_is_verified_and_counted()
    {
        var bytes = WrittenRun.Bytes(Run.Text());
        var result = Verify(Run.Spec, bytes);

        Assert.Null(result.Difference);
        Assert.Equal((16, 192, bytes.Length, 192 * 785), (result.Lines, result.Samples, result.Bytes, result.SampleBytes));
        Assert.False(result.Torn);
        Assert.Equal(16, result.Last?.Step);
        Assert.Equal([(1, 8, 96, true), (2, 8, 96, true)], result.Epochs.Select(epoch => (epoch.Epoch, epoch.Updates, epoch.Samples, epoch.IsComplete)));
        Assert.Equal(Run.Summary.Epochs[1].TrainLoss!.Value, result.Epochs[1].MeanLoss!.Value, tolerance: 1e-12);
    }

    [Fact]
    public void Kept_last_batch_is_verified_with_its_smaller_slots()
    {
        var run = new WrittenRun(WrittenRun.SmallSpec with { LastBatch = LastBatch.Keep, Order = SampleOrder.Natural }, Train);
        var result = Verify(run.Spec, WrittenRun.Bytes(run.Text()));

        Assert.Null(result.Difference);
        Assert.Equal((18, 200), (result.Lines, result.Samples));
    }

    [Fact]
    public void Lines_longer_than_the_reading_buffer_are_verified()
    {
        var run = new WrittenRun(WrittenRun.SmallSpec with { TrainCount = 2000, GlobalBatch = 1000, Slots = 1000 }, SyntheticImages.Create(2000, seed: 1).Train);
        var text = run.Text();
        var result = LedgerVerifier.Verify(run.Spec, SyntheticImages.Create(2000, seed: 1).Train, new MemoryStream(WrittenRun.Bytes(text)));

        Assert.True(text[0].Length > 1 << 16);
        Assert.Null(result.Difference);
        Assert.Equal(4, result.Lines);
    }

    [Fact]
    public void Part_of_a_run_is_verified_as_far_as_it_goes()
    {
        var result = Verify(Run.Spec, WrittenRun.Bytes(Run.Text()[..11]));

        Assert.Null(result.Difference);
        Assert.Equal([(8, true), (3, false)], result.Epochs.Select(epoch => (epoch.Updates, epoch.IsComplete)));
        Assert.Null(Verify(Run.Spec, []).Last);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void Line_without_its_end_is_torn_and_no_difference(int missing)
    {
        var result = Verify(Run.Spec, WrittenRun.Bytes(Run.Text())[..^missing]);

        Assert.Null(result.Difference);
        Assert.True(result.Torn);
        Assert.Equal(15, result.Lines);
    }

    [Fact]
    public void Changed_digit_is_found_at_its_line() =>
        AssertBroken(lines => lines[4] = lines[4].Replace("\"loss\":0.5,", "\"loss\":0.4,", StringComparison.Ordinal), line: 5);

    [Fact]
    public void Appended_copy_is_found() => AssertBroken(lines => lines.Add(lines[15]), line: 17);

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("no ledger line at all, though it is long enough to have the hash of a chain at its end, as every line of a ledger has")]
    public void Appended_text_is_found(string text) => AssertBroken(lines => lines.Add(text), line: 17, "it is no ledger line");

    [Theory]
    [InlineData(1, "\"crc\":\"", "\"crc\":\"f", "slot 0 took other samples (their CRC-32C is f")]
    [InlineData(3, "\"slots\":[", "\"shares\":[", "it is no ledger line")]
    [InlineData(3, "\"step\":3", "\"step\":4", "step 4 where step 3 is due")]
    [InlineData(9, "\"epoch\":2", "\"epoch\":1", "epoch 1, where step 9 is of epoch 2 (8 steps each)")]
    [InlineData(16, "\"samples\":3", "\"samples\":4", "slot 0 took 4 samples where the plan gives it 3")]
    [InlineData(2, "\"correct\":2", "\"correct\":13", "13 correct of 12 samples")]
    [InlineData(2, "\"correct\":2", "\"correct\":-1", "-1 correct of 12 samples")]
    [InlineData(5, "\"loss\":0.5", "\"loss\":1e999", "the loss is Infinity")]
    [InlineData(5, "\"gradientNorm\":1.5", "\"gradientNorm\":1e999", "the gradient's norm is Infinity")]
    [InlineData(5, "\"gradientNorm\":1.5", "\"gradientNorm\":-1.5", "the gradient's norm is -1.5")]
    [InlineData(14, "\"learningRate\":0.1", "\"learningRate\":0.2", "the learning rate is 0.2 where the spec says 0.1")]
    public void Forged_line_with_the_chain_computed_anew_is_found(int line, string text, string forged, string difference) => AssertBroken(
        lines =>
        {
            var start = lines[line - 1].IndexOf(text, StringComparison.Ordinal);
            lines[line - 1] = lines[line - 1].Remove(start, text.Length).Insert(start, forged);
            Rechain(lines);
        },
        line,
        difference);

    [Fact]
    public void Dropped_line_with_the_chain_computed_anew_is_found() => AssertBroken(
        lines =>
        {
            lines.RemoveAt(6);
            Rechain(lines);
        },
        line: 7,
        "step 8 where step 7 is due");

    [Fact]
    public void Slots_that_changed_places_are_found() =>
        AssertForged(line => line with { Slots = [line.Slots[0], line.Slots[1], line.Slots[3], line.Slots[2]] }, "slot 2 took other samples");

    [Fact]
    public void Slot_that_is_left_out_is_found() => AssertForged(line => line with { Slots = [.. line.Slots.Take(3)] }, "3 slots where the run has 4");

    [Fact]
    public void Slot_that_is_null_is_found() => AssertForged(line => line with { Slots = [line.Slots[0], null!, .. line.Slots.Skip(2)] }, "it lacks a field");

    [Fact]
    public void Step_beyond_the_last_is_found()
    {
        var longer = new WrittenRun(Run.Spec with { Epochs = 3 }, Train);

        Assert.StartsWith("steps.jsonl line 17: a step more than the run has (2 epochs of 8 steps)", Verify(Run.Spec, WrittenRun.Bytes(longer.Text())).Difference);
    }

    [Fact]
    public void Line_that_does_not_end_is_refused() =>
        Assert.Equal("steps.jsonl line 1: it has more than 8 MiB", Verify(Run.Spec, new byte[9 << 20]).Difference);

    [Fact]
    public void Other_seed_in_the_spec_is_found_at_the_first_line() => AssertOtherSpec(Run.Spec with { Seed = 8 }, "steps.jsonl line 1: slot 0 took other samples");

    [Fact]
    public void Other_order_in_the_spec_is_found_at_the_first_line() =>
        AssertOtherSpec(Run.Spec with { Order = SampleOrder.Natural }, "steps.jsonl line 1: slot 0 took other samples");

    [Fact]
    public void Other_learning_rate_in_the_spec_is_found_at_the_first_line() =>
        AssertOtherSpec(Run.Spec with { Optimizer = new OptimizerSettings(OptimizerKind.Sgd, 0.5) }, "steps.jsonl line 1: the learning rate is 0.1 where");

    [Theory]
    [InlineData(ScheduleKind.Step)]
    [InlineData(ScheduleKind.Cosine)]
    [InlineData(ScheduleKind.OneCycle)]
    public void Every_line_must_have_the_rate_of_the_schedule(ScheduleKind kind)
    {
        var spec = Run.Spec with { Schedule = ScheduleSettings.Default(kind, epochs: 2) with { WarmupSteps = kind == ScheduleKind.OneCycle ? 0 : 3 } };
        var run = new WrittenRun(spec, Train);
        Assert.Null(Verify(spec, WrittenRun.Bytes(run.Text())).Difference);

        run.Lines[10] = run.Lines[10] with { LearningRate = run.Lines[10].LearningRate * (1 + 1e-9) };
        Assert.StartsWith("steps.jsonl line 11: the learning rate is", Verify(spec, WrittenRun.Bytes(run.Text())).Difference);
    }

    [Fact]
    public void Line_that_was_clipped_or_not_against_the_spec_is_found()
    {
        AssertOtherSpec(Run.Spec with { Clip = new ClipSettings(ClipKind.Norm, 1.4) }, "steps.jsonl line 1: the gradient of norm 1.5 was not clipped to 1.4");
        var clipped = Run.Spec with { Clip = new ClipSettings(ClipKind.Norm, 1.4) };
        var bytes = WrittenRun.Bytes(new WrittenRun(clipped, Train).Text());
        Assert.Null(Verify(clipped, bytes).Difference);
        Assert.StartsWith("steps.jsonl line 1: the gradient of norm 1.5 was clipped to 1.6", Verify(clipped with { Clip = new ClipSettings(ClipKind.Norm, 1.6) }, bytes).Difference);
        Assert.StartsWith("steps.jsonl line 1: the gradient was clipped, where", Verify(Run.Spec, bytes).Difference);
        Assert.Null(Verify(Run.Spec with { Clip = new ClipSettings(ClipKind.Value, 1) }, bytes).Difference);
    }

    [Fact]
    public void Gradient_without_end_that_was_left_out_need_not_have_been_clipped()
    {
        var spec = Run.Spec with { Clip = new ClipSettings(ClipKind.Norm, 1.4), OnNonFinite = NonFinitePolicy.Skip };
        var run = new WrittenRun(spec, Train);
        run.Lines[7] = run.Lines[7] with { GradientNorm = double.PositiveInfinity, Clipped = false, Skipped = "slot 1" };

        Assert.Null(Verify(spec, WrittenRun.Bytes(run.Text())).Difference);
    }

    [Fact]
    public void Spec_whose_schedule_does_not_fit_is_found() => AssertOtherSpec(
        Run.Spec with { Schedule = ScheduleSettings.Constant with { WarmupSteps = 99 } }, "spec.json: 99 warm-up steps are not fewer than the run's 16 steps");

    [Fact]
    public void Spec_that_no_plan_can_be_made_of_is_found() => AssertOtherSpec(Run.Spec with { Slots = 13 }, "spec.json: 13 slots cannot share a batch of 12");

    [Fact]
    public void Spec_without_epochs_is_found() => AssertOtherSpec(Run.Spec with { Epochs = 0 }, "spec.json: it has 0 epochs");

    [Fact]
    public void Spec_of_more_samples_than_there_are_is_found() =>
        AssertOtherSpec(Run.Spec with { TrainCount = 101 }, "spec.json: it uses 101 training samples and the dataset has 100");

    [Fact]
    public void One_other_pixel_is_found_where_its_sample_was_used()
    {
        var other = SyntheticImages.Create(100, seed: 1).Train;
        var sample = Run.Spec.PlanOf(1).SlotSamples(step: 5, slot: 3)[1];
        other.Images[(sample * 784) + 783] ^= 1;

        var result = LedgerVerifier.Verify(Run.Spec, other, new MemoryStream(WrittenRun.Bytes(Run.Text())));

        Assert.StartsWith("steps.jsonl line 6: slot 3 took other samples", result.Difference);
        Assert.Equal(5, result.Lines);
    }

    private static LedgerVerifierResult Verify(RunSpec spec, byte[] ledger) => LedgerVerifier.Verify(spec, Train, new MemoryStream(ledger));

    private static void AssertOtherSpec(RunSpec spec, string difference) =>
        Assert.StartsWith(difference, Verify(spec, WrittenRun.Bytes(Run.Text())).Difference);

    private static void AssertBroken(Action<List<string>> tamper, int line, string difference = "its chain does not follow")
    {
        var lines = Run.Text();
        tamper(lines);
        var result = Verify(Run.Spec, WrittenRun.Bytes(lines));

        Assert.StartsWith($"steps.jsonl line {line}: {difference}", result.Difference);
        Assert.Equal(line - 1, result.Lines);
    }

    /// <summary>Line 8 is forged, and the chain computed anew.</summary>
    private static void AssertForged(Func<LedgerLine, LedgerLine> forge, string difference)
    {
        var run = new WrittenRun(Run.Spec, Train);
        run.Lines[7] = forge(run.Lines[7]);

        Assert.StartsWith($"steps.jsonl line 8: {difference}", Verify(run.Spec, WrittenRun.Bytes(run.Text())).Difference);
    }

    private static void Rechain(List<string> lines)
    {
        var rechained = WrittenRun.Rechained(lines);
        lines.Clear();
        lines.AddRange(rechained);
    }
}
