using System.Collections.Concurrent;
using System.Net.Sockets;
using MiniBatch.Shared.Runs;

namespace MiniBatch.LivePage.Live;

/// <summary>
/// A supervisor's end of the link to its coordinator, which outlives coordinators: the one that is started in a dead one's place
/// connects again, and is told the pace that was asked for.
/// </summary>
public sealed class LinkToCoordinator : ILiveRun, IDisposable
{
    private const string SocketName = "live.sock";

    private readonly DirectoryInfo _directory;
    private readonly Socket _listening;
    private readonly Watchers _watchers;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<LinkMessage?>> _asked = [];
    private volatile LineSocket? _coordinator;
    private volatile ViewText? _view;
    private double? _pace;
    private long _lastId;

    /// <summary>Listens, in a directory that only this user may enter.</summary>
    /// <exception cref="UserErrorException">It can't.</exception>
    public LinkToCoordinator()
    {
        _watchers = new Watchers(somebody =>
        {
            // No other will come in its place.
            if (!somebody) _view = null;
            _coordinator?.Send(new LinkMessage.Watch(somebody));
        });
        // A path in the run directory could be longer than the 108 bytes that a socket's address has.
        _directory = Directory.CreateTempSubdirectory("minibatch-page-");   // 0700
        _listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            _listening.Bind(new UnixDomainSocketEndPoint(SocketPath));
            _listening.Listen(1);
        }
        catch (Exception e) when (e is SocketException or ArgumentOutOfRangeException)
        {
            Dispose();
            throw new UserErrorException($"can't listen on {SocketPath} for the coordinator ({e.Message}); take another TMPDIR", cause: e);
        }
        _ = Accept();
    }

    /// <summary>Where a coordinator finds it.</summary>
    public string SocketPath => Path.Combine(_directory.FullName, SocketName);

    /// <inheritdoc />
    public bool IsConnected => _coordinator is not null;

    /// <inheritdoc />
    public ViewText? View => _view;

    /// <inheritdoc />
    public IDisposable Watch(Action<ViewText>? shown = null) => _watchers.Add(shown);

    /// <inheritdoc />
    public void SetPace(double? stepsPerSecond)
    {
        _pace = stepsPerSecond;
        _coordinator?.Send(new LinkMessage.Pace(stepsPerSecond));
    }

    /// <inheritdoc />
    public void StepOnce()
    {
        _pace = 0;
        _coordinator?.Send(new LinkMessage.Step());
    }

    /// <inheritdoc />
    public async Task<TensorCopy?> CopyTensorAsync(string name, CancellationToken cancellation) =>
        (await Ask(id => new LinkMessage.AskTensor(id, name), cancellation) as LinkMessage.Tensor)?.Copy;

    /// <inheritdoc />
    public async Task<ForwardAnswer?> ForwardAsync(float[] inputs, int samples, CancellationToken cancellation) =>
        (await Ask(id => new LinkMessage.AskForward(id, samples, Floats.Bytes(inputs)), cancellation) as LinkMessage.Forward)?.Answer;

    /// <inheritdoc />
    public void CutOff(string worker, TimeSpan length) => _coordinator?.Send(new LinkMessage.CutOff(worker, length.TotalSeconds));

    /// <inheritdoc />
    public void Dispose()
    {
        _listening.Dispose();
        try
        {
            File.Delete(SocketPath);
            _directory.Delete();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A leftover in the temporary directory is nobody's harm.
        }
    }

    private async Task<LinkMessage?> Ask(Func<long, LinkMessage> question, CancellationToken cancellation)
    {
        if (_coordinator is not { } coordinator) return null;
        var id = Interlocked.Increment(ref _lastId);
        var answer = new TaskCompletionSource<LinkMessage?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[id] = answer;
        try
        {
            coordinator.Send(question(id));
            return await answer.Task.WaitAsync(cancellation);
        }
        finally
        {
            _asked.TryRemove(id, out _);
        }
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                await using var coordinator = new LineSocket(await _listening.AcceptAsync());
                coordinator.Send(new LinkMessage.Pace(_pace));
                _coordinator = coordinator;
                coordinator.Send(new LinkMessage.Watch(_watchers.Any));
                while (await coordinator.ReceiveAsync() is { } message) Hear(message);
                _coordinator = null;
                _view = null;
                foreach (var asked in _asked.Values) asked.TrySetResult(null);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private void Hear(LinkMessage message)
    {
        switch (message)
        {
            case LinkMessage.View view when _watchers.Any:
                _view = view.What;
                _watchers.Show(view.What);
                break;
            case LinkMessage.Tensor tensor: Answered(tensor.Id, tensor); break;
            case LinkMessage.Forward forward: Answered(forward.Id, forward); break;
        }
    }

    private void Answered(long id, LinkMessage message)
    {
        if (_asked.TryGetValue(id, out var asked)) asked.TrySetResult(message);
    }
}
