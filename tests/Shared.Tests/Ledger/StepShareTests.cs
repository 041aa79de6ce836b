using MiniBatch.Shared.Ledger;

namespace MiniBatch.Shared.Tests.Ledger;

public sealed class StepShareTests
{
    [Fact]
    public void Step_is_shared_out_between_computing_sending_waiting_and_applying()
    {
        var shares = Of(Slot("worker-1", 10, 300, 500), Slot("worker-2", 12, 400, 1000), Slot("worker-1", 9, 500, 1750));
        AssertShare(new("worker-1", 2, 19, 0.8, 0.95, 0, 0.25), shares[0]);
        AssertShare(new("worker-2", 1, 12, 0.4, 0.6, 0.75, 0.25), shares[1]);
    }

    [Fact]
    public void Slot_that_was_begun_before_its_step_computes_no_longer_than_until_it_was_in() =>
        AssertShare(new("worker-1", 1, 10, 1.5, 0, 0, 0.5), Assert.Single(Of(Slot("worker-1", 10, 9000, 1500))));

    [Fact]
    public void Line_without_arrivals_has_all_workers_sending_equally_long()
    {
        var shares = Of(Slot("worker-1", 10, 300, null), Slot("worker-2", 12, 400, null), Slot("worker-1", 9, 500, null));
        AssertShare(new("worker-1", 2, 19, 0.8, 1.2, 0, 0), shares[0]);
        AssertShare(new("worker-2", 1, 12, 0.4, 1.2, 0.4, 0), shares[1]);
    }

    private static IReadOnlyList<StepShare> Of(params LedgerSlot[] slots) => StepShare.Of(new LedgerLine(
        Step: 1, Epoch: 1, Generation: 1, Loss: 0.5, Correct: 5, LearningRate: 0.1, GradientNorm: 1, Clipped: false, VersionCrc: "0000abcd",
        StateSha256: null, Milliseconds: 2, slots));

    private static LedgerSlot Slot(string worker, int samples, int computed, int? arrived) =>
        new(worker, samples, "00000000", computed, ArrivedMicroseconds: arrived);

    private static void AssertShare(StepShare expected, StepShare actual)
    {
        Assert.Equal((expected.Worker, expected.Slots, expected.Samples), (actual.Worker, actual.Slots, actual.Samples));
        Assert.Equal(expected.Compute, actual.Compute, 1e-9);
        Assert.Equal(expected.Send, actual.Send, 1e-9);
        Assert.Equal(expected.Wait, actual.Wait, 1e-9);
        Assert.Equal(expected.Apply, actual.Apply, 1e-9);
        Assert.Equal(2, actual.Compute + actual.Send + actual.Wait + actual.Apply, 1e-9);
    }
}
