using System.Globalization;
using MiniBatch.Coordinator.Exchange;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.Logging;

namespace MiniBatch.Coordinator.Watching;

/// <summary>
/// The exchange as a page sees it. While somebody watches, the exchange thread puts a view here ten times a second, in place of the
/// one before: no queue, so a reader that is slow holds nothing up. While nobody does, a step pays one look at a flag.
/// </summary>
public sealed class ExchangeWatch
{
    private readonly Watchers _watchers;
    private volatile bool _isWatched;
    private volatile ViewText? _view;
    private volatile object? _pace;   // a boxed double
    private TimeSpan _nextView;   // the exchange thread's

    /// <summary>Nobody watches yet.</summary>
    public ExchangeWatch()
    {
        _watchers = new Watchers(anybody =>
        {
            _isWatched = anybody;
            if (!anybody) _view = null;
        });
    }

    /// <summary>The pace that was asked for last, for an exchange thread that is started after it was; null for full speed.</summary>
    public double? Pace
    {
        get => (double?)_pace;
        set => _pace = value;
    }

    /// <summary>The newest view; null while nobody watches.</summary>
    public ViewText? View => _isWatched ? _view : null;

    /// <summary>Somebody watches, until this is disposed.</summary>
    /// <param name="shown">Told of each view, on the exchange thread; must not block. Null for one who looks by himself.</param>
    public IDisposable Watch(Action<ViewText>? shown = null) => _watchers.Add(shown);

    /// <summary>Whether a view is wanted. On the exchange thread.</summary>
    public bool IsDue(TimeSpan now) => _isWatched && now >= _nextView;

    /// <summary>Takes a view. On the exchange thread.</summary>
    public void Show(ExchangeView view, TimeSpan now)
    {
        _nextView = now + LinkToSupervisor.ViewInterval;
        var text = new ViewText(view);
        _view = text;
        _watchers.Show(text);
    }
}

/// <summary>The run of this coordinator, for a page: what it asks for is posted to the exchange thread like all else.</summary>
/// <param name="post">Posts a command; false while the thread has not been started.</param>
/// <param name="watch">What it shows.</param>
public sealed class WatchedRun(Func<ExchangeCommand, bool> post, ExchangeWatch watch) : ILiveRun
{
    /// <inheritdoc />
    public ViewText? View => watch.View;

    /// <inheritdoc />
    public IDisposable Watch(Action<ViewText>? shown = null) => watch.Watch(shown);

    /// <inheritdoc />
    public void SetPace(double? stepsPerSecond)
    {
        Remember(stepsPerSecond);
        post(new ExchangeCommand.SetPace(stepsPerSecond));
    }

    /// <inheritdoc />
    public void StepOnce()
    {
        Remember(0);
        post(new ExchangeCommand.StepOnce());
    }

    /// <inheritdoc />
    public async Task<TensorCopy?> CopyTensorAsync(string name, CancellationToken cancellation)
    {
        var copied = new TaskCompletionSource<TensorCopy?>(TaskCreationOptions.RunContinuationsAsynchronously);
        return post(new ExchangeCommand.CopyTensor(name, copied)) ? await copied.Task.WaitAsync(cancellation) : null;
    }

    /// <inheritdoc />
    public async Task<ForwardAnswer?> ForwardAsync(float[] inputs, int samples, CancellationToken cancellation)
    {
        var answered = new TaskCompletionSource<ForwardAnswer?>(TaskCreationOptions.RunContinuationsAsynchronously);
        return post(new ExchangeCommand.Forward(samples, inputs, answered)) ? await answered.Task.WaitAsync(cancellation) : null;
    }

    /// <inheritdoc />
    public void CutOff(string worker, TimeSpan length) => post(new ExchangeCommand.CutOff(worker, length));

    /// <summary>A run that is slow because somebody wants it so is not to be taken for one that is stuck.</summary>
    private void Remember(double? stepsPerSecond)
    {
        if (watch.Pace == stepsPerSecond) return;
        watch.Pace = stepsPerSecond;
        NodeEvents.PaceAsked.Write("{pace:l}, as somebody asked", stepsPerSecond switch
        {
            null => "the run goes on at full speed",
            0 => "the run is paused",
            { } rate => $"at most {rate.ToString(CultureInfo.InvariantCulture)} steps a second",
        });
    }
}
