using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Workloads;
using MiniBatch.Worker.Computation;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Tests.Workloads;

/// <summary>With another thread that collects garbage all the time; TorchSharp's operators fail, or give another number, within a second then.</summary>
public sealed class HeldScalarsTests : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _collector;

    public HeldScalarsTests() => _collector = Task.Run(() =>
    {
        while (!_stop.IsCancellationRequested)
        {
            GC.Collect(0);
            GC.WaitForPendingFinalizers();
        }
    });

    public void Dispose()
    {
        _stop.Cancel();
        _collector.Wait();
        _stop.Dispose();
    }

    [Fact]
    public void Numbers_are_what_they_should_be()
    {
        using var threes = full(64, 3f);
        for (var i = 0; i < 20_000; i++)
        {
            using var scope = NewDisposeScope();
            Assert.Equal(13.5f, threes.Squared().Times(2).Plus(3).Plus(threes.Times(2)).Over(2).mean().item<float>());
        }
    }

    [Theory]
    [InlineData("mnist-softmax")]
    [InlineData("mnist-mlp")]
    [InlineData("mnist-cnn")]
    [InlineData("hours-points")]
    [InlineData("dog-wolf")]
    [InlineData("two-clouds")]
    [InlineData("xor-deep")]
    public void Gradients_of_every_kind_of_model_repeat(string workload)
    {
        var known = WorkloadCatalog.Get(workload);
        var isTable = known.Data is TableDataset;
        var spec = Runs.Spec(workload);
        if (isTable) spec = spec with { TrainCount = known.Data.TrainCount, GlobalBatch = 1, Slots = 1, Reduction = known.Objective.Reduction };
        var data = isTable ? known.Data.Load(null) : Runs.Data(spec).Samples;
        using var computer = new SlotComputer(spec, data);
        var first = computer.Gradient(1, 0, 0);
        for (var i = 0; i < 300; i++) AssertFloats.SameBits(first, computer.Gradient(1, 0, 0));
    }
}
