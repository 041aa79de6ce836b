using MiniBatch.Shared.Datasets;
using MiniBatch.Worker.Computation;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Tests.Computation;

/// <summary>Holds the thread that calls, while it is closed.</summary>
internal sealed class Gate : IDisposable
{
    private readonly ManualResetEventSlim _open = new(initialState: true);
    private readonly ManualResetEventSlim _hasCaller = new();
    private readonly ManualResetEventSlim _ended = new();

    public void Close() => _open.Reset();

    public void Open() => _open.Set();

    public void Pass()
    {
        if (!_open.IsSet) _hasCaller.Set();
        _open.Wait();
    }

    public void AwaitCaller(TimeSpan limit) => Assert.True(_hasCaller.Wait(limit), "nobody came to the gate");

    public void AwaitEnd(TimeSpan limit) => Assert.True(_ended.Wait(limit), "whoever came to the gate has not ended");

    public void End() => _ended.Set();

    public void Dispose() => _open.Set();
}

/// <summary>A data source with a gate: between a slot's seed and its draw.</summary>
internal sealed class GatedBatches(IBatchSource inner, Gate? gate) : IBatchSource
{
    public (Tensor Inputs, Tensor Targets) Gather(SampleSet data, ArraySegment<int> samples, bool classes)
    {
        gate?.Pass();
        return inner.Gather(data, samples, classes);
    }

    public void Dispose()
    {
        inner.Dispose();
        gate?.End();
    }
}
