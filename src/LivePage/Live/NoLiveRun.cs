namespace MiniBatch.LivePage.Live;

/// <summary>Of a run that is over there are only its files.</summary>
public class NoLiveRun : ILiveRun
{
    /// <inheritdoc />
    public ViewText? View => null;

    /// <inheritdoc />
    public bool IsConnected => false;

    /// <inheritdoc />
    public IDisposable Watch(Action<ViewText>? shown = null) => new Watchers(_ => { }).Add();

    /// <inheritdoc />
    public void SetPace(double? stepsPerSecond) { }

    /// <inheritdoc />
    public void StepOnce() { }

    /// <inheritdoc />
    public Task<TensorCopy?> CopyTensorAsync(string name, CancellationToken cancellation) => Task.FromResult<TensorCopy?>(null);

    /// <inheritdoc />
    public virtual Task<ForwardAnswer?> ForwardAsync(float[] inputs, int samples, CancellationToken cancellation) => Task.FromResult<ForwardAnswer?>(null);

    /// <inheritdoc />
    public void CutOff(string worker, TimeSpan length) { }
}
