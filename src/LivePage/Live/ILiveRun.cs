namespace MiniBatch.LivePage.Live;

/// <summary>
/// A run under way, as a page sees it beside the run's files, and what it may ask of it. Used by any thread. Nothing is measured for
/// it, and nothing copied, while nobody watches.
/// </summary>
public interface ILiveRun
{
    /// <summary>What the exchange did a moment ago; null where it is not known: nobody watches yet, or there is no coordinator.</summary>
    ViewText? View { get; }

    /// <summary>Whether somebody is there who does what is asked for: nobody is while a coordinator is started. One that hosts its own page always is.</summary>
    bool IsConnected => true;

    /// <summary>Somebody watches, until this is disposed.</summary>
    /// <param name="shown">Told of each new view, ten a second at most, by the thread that has it; must not block. Null for one who looks by himself.</param>
    IDisposable Watch(Action<ViewText>? shown = null);

    /// <summary>Opens at most so many steps a second from now on.</summary>
    /// <param name="stepsPerSecond">0 to pause, null for full speed.</param>
    void SetPace(double? stepsPerSecond);

    /// <summary>Pauses the run, after one more step. Lost where nobody is there.</summary>
    void StepOnce();

    /// <summary>Copies a tensor of the current version out.</summary>
    /// <param name="name">As PyTorch names it.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>Null where there is no such tensor, no version yet, or no coordinator.</returns>
    Task<TensorCopy?> CopyTensorAsync(string name, CancellationToken cancellation);

    /// <summary>Has samples put through the model, by one of the workers, or when the run is over by whoever has the model that it left.</summary>
    /// <param name="inputs">float32[samples, …], what the model takes.</param>
    /// <param name="samples">How many, ≥ 1.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>Null where nobody can be asked.</returns>
    Task<ForwardAnswer?> ForwardAsync(float[] inputs, int samples, CancellationToken cancellation);

    /// <summary>Cuts a worker's data connection, and lets it not connect again for a while. Lost where nobody is there.</summary>
    /// <param name="worker">Its name.</param>
    /// <param name="length">For how long.</param>
    void CutOff(string worker, TimeSpan length);
}

/// <summary>A tensor of a version.</summary>
/// <param name="Version">Which.</param>
/// <param name="Shape">The tensor's.</param>
/// <param name="Values">float32, row-major; of a tensor with more than <see cref="ValuesMax"/> values the first so many.</param>
public sealed record TensorCopy(long Version, long[] Shape, float[] Values)
{
    /// <summary>More than a page can show.</summary>
    public const int ValuesMax = 1 << 16;
}

/// <summary>What the model made of samples.</summary>
/// <param name="Version">Of the parameters that it used.</param>
/// <param name="Worker">Who computed it; null where it was the model that the run left.</param>
/// <param name="Outputs">float32[samples, outputs]: of a classification the logits.</param>
public sealed record ForwardAnswer(long Version, string? Worker, float[] Outputs);
