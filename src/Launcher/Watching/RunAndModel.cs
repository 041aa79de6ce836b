using MiniBatch.Launcher.LocalRun;
using MiniBatch.Launcher.Supervision;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Watching;

/// <summary>
/// A run as its page sees it, under way and afterwards: the coordinator answers while there is one, and when the run is over the model that
/// it left. What is asked of that is computed by a process of its own (<see cref="ModelService"/>), which the first question starts.
/// </summary>
/// <param name="link">What coordinators connect to, and after them the model's process.</param>
/// <param name="programs">Of which the launcher's is that process.</param>
/// <param name="directory">The run's.</param>
/// <param name="isOver">Whether no coordinator comes any more.</param>
public sealed class RunAndModel(LinkToCoordinator link, BuiltPrograms programs, RunDirectory directory, Func<bool> isOver) : ILiveRun, IDisposable
{
    /// <summary>A model that can't be loaded can't be at the next try either.</summary>
    private const int StartsMax = 3;

    private static readonly TimeSpan ConnectLook = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private ChildProcess? _model;
    private int _starts;
    private bool _isDisposed;

    /// <inheritdoc />
    public ViewText? View => link.View;

    /// <inheritdoc />
    public bool IsConnected => link.IsConnected;

    /// <inheritdoc />
    public IDisposable Watch(Action<ViewText>? shown = null) => link.Watch(shown);

    /// <inheritdoc />
    public void SetPace(double? stepsPerSecond) => link.SetPace(stepsPerSecond);

    /// <inheritdoc />
    public void StepOnce() => link.StepOnce();

    /// <inheritdoc />
    public void CutOff(string worker, TimeSpan length) => link.CutOff(worker, length);

    /// <inheritdoc />
    public Task<TensorCopy?> CopyTensorAsync(string name, CancellationToken cancellation) => link.CopyTensorAsync(name, cancellation);

    /// <inheritdoc />
    public async Task<ForwardAnswer?> ForwardAsync(float[] inputs, int samples, CancellationToken cancellation)
    {
        if (isOver() && !link.IsConnected)
        {
            if (!File.Exists(directory.Model)) return null;
            // libtorch takes a second or two to load; whoever asks has a limit, and asks again.
            for (StartModel(); !link.IsConnected; await Task.Delay(ConnectLook, cancellation))
                if (!IsStarted) return null;
        }
        return await link.ForwardAsync(inputs, samples, cancellation);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _model?.Dispose();
        }
    }

    private bool IsStarted
    {
        get
        {
            lock (_gate) return _model is not null;
        }
    }

    private void StartModel()
    {
        lock (_gate)
        {
            if (_model is not null || _isDisposed || _starts == StartsMax) return;
            _starts++;
            try
            {
                _model = ChildProcess.Start(
                    "the finished model",
                    Errand.StartInfo(programs.Dotnet, [programs.Launcher, ModelService.Name, directory.Root, "--supervisor-socket", link.SocketPath]),
                    (_, _) => Ended());
            }
            catch (UserErrorException)
            {
                // The question has no answer then, and the page says so.
            }
        }
    }

    private void Ended()
    {
        lock (_gate)
        {
            _model?.Dispose();
            _model = null;
        }
    }
}
