using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Tests.Ledger;

public class ArrivalLedgerTests
{
    private const int Slots = 4;
    private static readonly LabelledImages Train = SyntheticImages.Create(100, seed: 3).Train;

    /// <summary>A sound ledger of slots applied one by one: each pair of neighbours the wrong way round, each two updates stale.</summary>
    private static List<LedgerLine> Lines(RunSpec spec)
    {
        var slots = new WrittenRun(spec with { Mode = UpdateMode.Synchronous }, Train).Lines
            .SelectMany(line => line.Slots.Select((slot, index) => (Line: line, Slot: slot, Index: index))).ToList();
        for (var i = 0; i < slots.Count; i += 2) (slots[i], slots[i + 1]) = (slots[i + 1], slots[i]);
        return [.. slots.Select((taken, i) => taken.Line with
        {
            Step = i + 1,
            Correct = 1,
            LearningRate = taken.Line.LearningRate * taken.Slot.Samples / spec.GlobalBatch,
            Slots = [taken.Slot with { Arrival = new LedgerArrival(taken.Line.Step, taken.Index, Math.Max(0, i - 2)) }],
        })];
    }

    private static LedgerVerifierResult Verify(RunSpec spec, IEnumerable<LedgerLine> lines)
    {
        var text = new System.Buffers.ArrayBufferWriter<byte>();
        var chain = LedgerCodec.ChainStart;
        foreach (var line in lines) chain = LedgerCodec.Write(text, line, chain);
        return LedgerVerifier.Verify(spec, Train, new MemoryStream(text.WrittenSpan.ToArray()));
    }

    private static RunSpec Spec(UpdateMode mode) => WrittenRun.SmallSpec with { Mode = mode };

    [Fact]
    public void A_sound_ledger_is_verified_with_an_update_a_slot()
    {
        var spec = Spec(UpdateMode.Asynchronous);
        var result = Verify(spec, Lines(spec));
        Assert.Null(result.Difference);
        Assert.Equal((2 * 8 * Slots, 2 * 96), (result.Lines, result.Samples));
        Assert.All(result.Epochs, epoch => Assert.True(epoch.IsComplete));
    }

    [Fact]
    public void A_slot_that_is_applied_twice_is_found_although_the_count_is_right()
    {
        var spec = Spec(UpdateMode.Asynchronous);
        var lines = Lines(spec);
        lines[6] = lines[5] with { Step = 7 };
        Assert.Contains("was applied before", Verify(spec, lines).Difference);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void A_version_that_is_staler_than_the_bound_is_found(int bound, bool found)
    {
        var spec = Spec(UpdateMode.Bounded(bound));
        var difference = Verify(spec, Lines(spec)).Difference;   // two updates stale: a step's first slots lack the last of the one before
        Assert.Equal(found, difference is not null);
        if (found) Assert.Contains("lacks a slot", difference);
    }

    [Fact]
    public void A_version_from_the_future_or_another_rate_or_another_place_is_found()
    {
        var spec = Spec(UpdateMode.Asynchronous);
        Assert.Contains("made version", Changed(line => line with { Slots = [line.Slots[0] with { Arrival = line.Slots[0].Arrival! with { FromVersion = 10 } }] }));
        Assert.Contains("learning rate", Changed(line => line with { LearningRate = 0.1 }));
        Assert.Contains("other samples", Changed(line => line with { Slots = [line.Slots[0] with { Arrival = line.Slots[0].Arrival! with { Step = 7 } }] }));
        Assert.Contains("is not of epoch", Changed(line => line with { Slots = [line.Slots[0] with { Arrival = line.Slots[0].Arrival! with { Step = 9 } }] }));
        Assert.Contains("one slot is due", Changed(line => line with { Slots = [line.Slots[0] with { Arrival = null }] }));

        string? Changed(Func<LedgerLine, LedgerLine> change)
        {
            var lines = Lines(spec);
            lines[9] = change(lines[9]);
            return Verify(spec, lines).Difference;
        }
    }

    [Fact]
    public void An_update_is_left_out_only_where_the_spec_allows_it_and_something_was_not_finite()
    {
        var spec = Spec(UpdateMode.Asynchronous) with { OnNonFinite = NonFinitePolicy.Skip };
        var lines = Lines(spec);
        lines[3] = lines[3] with { Loss = double.NaN, Skipped = "step 1, slot 3" };

        var result = Verify(spec, lines);
        Assert.Null(result.Difference);
        Assert.Equal((2 * 96 - 3, 3), (result.Samples, result.SkippedSamples));

        Assert.Contains("the run stops", Verify(spec with { OnNonFinite = NonFinitePolicy.Stop }, lines).Difference);
        lines[3] = lines[3] with { Loss = 1 };
        Assert.Contains("are finite", Verify(spec, lines).Difference);
    }
}
