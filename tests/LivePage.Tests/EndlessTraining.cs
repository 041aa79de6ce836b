namespace MiniBatch.LivePage.Tests;

/// <summary>A training that goes on for as long as somebody looks, for all tests that change nothing but its pace. Started by the first.</summary>
public sealed class EndlessTraining : IDisposable
{
    private readonly Lazy<WatchedTraining> _training = new(() => WatchedTraining.Train("mnist-softmax", 2, "--epochs", "100000", "--limit-test", "1000"));

    internal WatchedTraining Training => _training.Value;

    public void Dispose()
    {
        if (_training.IsValueCreated) _training.Value.Dispose();
    }
}
