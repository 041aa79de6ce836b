using System.Net.Sockets;

namespace MiniBatch.LivePage.Live;

/// <summary>
/// A coordinator's end of the link to the supervisor that started it: sends it views while somebody watches there, when there are new
/// ones, and passes on what it asks for. Its tasks are the thread pool's; the exchange thread only puts views down.
/// </summary>
public sealed class LinkToSupervisor : IAsyncDisposable
{
    /// <summary>Ten a second, as the page says.</summary>
    public static readonly TimeSpan ViewInterval = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private readonly ILiveRun _run;
    private readonly LineSocket _socket;
    private readonly Task _serving;
    private IDisposable? _watch;

    private LinkToSupervisor(ILiveRun run, Socket socket)
    {
        _run = run;
        _socket = new LineSocket(socket);
        _serving = Serve();
    }

    /// <summary>Completes when the supervisor has gone.</summary>
    public Task Ended => _serving;

    /// <summary>Connects.</summary>
    /// <param name="path">Of the supervisor's socket.</param>
    /// <param name="run">What it is told of.</param>
    /// <returns>Null where nobody is there: the run goes on without a page.</returns>
    public static LinkToSupervisor? Connect(string path, ILiveRun run)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return new LinkToSupervisor(run, socket);
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _socket.DisposeAsync();
        await _serving;
    }

    private async Task Serve()
    {
        while (await _socket.ReceiveAsync() is { } message) Handle(message);
        // Nobody is left to be told.
        Watch(somebody: false);
    }

    private void Handle(LinkMessage message)
    {
        switch (message)
        {
            case LinkMessage.Watch watch: Watch(watch.Somebody); break;
            case LinkMessage.Pace pace: _run.SetPace(pace.StepsPerSecond); break;
            case LinkMessage.Step: _run.StepOnce(); break;
            case LinkMessage.CutOff cut: _run.CutOff(cut.Worker, TimeSpan.FromSeconds(cut.Seconds)); break;
            case LinkMessage.AskTensor ask: _ = Answer(ask); break;
            case LinkMessage.AskForward ask: _ = Answer(ask); break;
        }
    }

    private void Watch(bool somebody)
    {
        if (somebody == (_watch is not null)) return;
        _watch?.Dispose();
        _watch = somebody ? _run.Watch(Send) : null;
        // There is one already where others watch by another way.
        if (somebody && _run.View is { } view) Send(view);
    }

    /// <summary>On the exchange thread: does not block.</summary>
    private void Send(ViewText view) => _socket.Send(new LinkMessage.View(view));

    private async Task Answer(LinkMessage.AskTensor ask) =>
        _socket.Send(LinkMessage.Tensor.Of(ask.Id, await OrNull(limit => _run.CopyTensorAsync(ask.Name, limit))));

    private async Task Answer(LinkMessage.AskForward ask) =>
        _socket.Send(LinkMessage.Forward.Of(ask.Id, await OrNull(limit => _run.ForwardAsync(Floats.Of(ask.Inputs), ask.Samples, limit))));

    private static async Task<T?> OrNull<T>(Func<CancellationToken, Task<T?>> ask) where T : class
    {
        using var limit = new CancellationTokenSource(AnswerLimit);
        try
        {
            return await ask(limit.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
