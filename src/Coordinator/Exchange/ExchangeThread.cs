using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Coordinator.Watching;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.DataPlane.SharedMemory;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Exchange;

/// <summary>
/// The thread that parameters and gradients go through: waits on all data connections at once, receives gradients into
/// the buffers they are averaged from, or takes them from the memory that a worker on this machine shares with it, lets <see cref="ExchangeCore"/> decide, sends versions from the buffer they live in.
/// No tensor passes a mailbox; the actors command it through <see cref="Post"/> and hear reports.
/// </summary>
/// <remarks>
/// One thread, not one a connection: the gather needs no lock, and the last gradient of a step is averaged, applied and
/// published by the thread that received it, without a hand-over.
/// </remarks>
public sealed class ExchangeThread : IDisposable
{
    /// <summary>The longest that the thread waits without looking at the time: how late a straggler may be noticed.</summary>
    internal static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(25);

    /// <summary>How often it looks at the sockets while it is busy with shared memory.</summary>
    private static readonly TimeSpan SocketLook = TimeSpan.FromMilliseconds(1);

    /// <summary>How long goodbyes may take.</summary>
    private static readonly TimeSpan GoodbyeLimit = TimeSpan.FromSeconds(1);

    private readonly ExchangeCore _core;
    private readonly Action<ExchangeReport> _report;
    private readonly RunRecorder _recorder;
    private readonly CoordinatorMonitor _monitor;
    private readonly TrainingTrace _trace;
    private readonly ExchangeWatch _watch;
    private readonly PageRequests _page;
    private readonly ConcurrentQueue<ExchangeCommand> _commands = new();
    private readonly DataLinks _links = new();
    private readonly GradientPool _pool = new();
    private readonly List<ExchangeAction> _actions = [];
    private readonly Action<ExchangeAction> _perform;
    private readonly FrameBuffer _small = new(0, FrameLimits.FixedBytesMax);
    private readonly Lookout _lookout = new();
    private readonly WakeSocket _wake = new();
    private readonly Thread _thread;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _nextSocketLook;
    private TimeSpan _diskAwaitedSince;
    private bool _stopped;
    private volatile bool _ended;

    /// <summary>Starts the thread.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="incarnation">This coordinator's.</param>
    /// <param name="options">What else was chosen.</param>
    /// <param name="report">Tells the actors; called on this thread, must not block.</param>
    /// <param name="recorder">Takes steps and versions to write down; does not block.</param>
    /// <param name="resumed">Where to go on, or null to start.</param>
    /// <param name="monitor">Gets the thread's heartbeats, and what metrics count of connections and faults.</param>
    /// <param name="watch">Gets views of the exchange for the live page, while somebody watches.</param>
    public ExchangeThread(
        RunSpec spec, Incarnation incarnation, ExchangeOptions options, Action<ExchangeReport> report, RunRecorder recorder,
        Checkpoint? resumed, CoordinatorMonitor monitor, ExchangeWatch watch)
    {
        _watch = watch;
        _monitor = monitor;
        _perform = Perform;
        _trace = new TrainingTrace(spec);
        _core = new ExchangeCore(spec, incarnation, options);
        _page = new PageRequests(_core, Close);
        if (resumed is not null) _core.Restore(resumed.Model, resumed.Position);
        _monitor.Connections.Watch(_core.Counts);
        _report = report;
        _recorder = recorder;
        _thread = new Thread(Run) { Name = "exchange", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Gives the thread something to do; from any thread.</summary>
    public void Post(ExchangeCommand command)
    {
        _commands.Enqueue(command);
        if (_ended) DisposeWaitingSockets();
        _wake.Wake();
    }

    /// <summary>Waits until the thread has ended (after <see cref="ExchangeCommand.Stop"/>).</summary>
    public bool Join(TimeSpan limit) => _thread.Join(limit);

    /// <summary>Ends it. Where nobody said how the run ended, it goes on with another coordinator, for which the workers look.</summary>
    public void Dispose()
    {
        Post(new ExchangeCommand.Stop(new Goodbye(RunEnding.Stopped, "ended")));
        _thread.Join(GoodbyeLimit + GoodbyeLimit);
        _wake.Dispose();
    }

    private void Run()
    {
        try
        {
            var readable = new List<Socket>();
            var writable = new List<Socket>();
            while (!_stopped)
            {
                _monitor.Exchange.Beat();
                WaitOnce(readable, writable);
            }
            _monitor.Exchange.Idle("has ended with the run");
        }
        catch (Exception e)
        {
            NodeEvents.ExchangeFailed.Write(e, "the exchange thread failed");
            _report(new ExchangeReport.Broken($"the exchange thread failed: {e.Message}"));
        }
        finally
        {
            foreach (var link in _links.All) link.Dispose();
            _trace.Dispose();
            _page.End();
            _ended = true;
            DisposeWaitingSockets();
        }
    }

    /// <summary>
    /// One turn. What lies in shared memory comes first; the sockets are looked at now and then. Where nothing comes, the
    /// thread looks on for a while, unless workers have all cores: it would look on the core of one that computes. Then it sleeps on the
    /// sockets, and who writes to the memory wakes it over one.
    /// </summary>
    private void WaitOnce(List<Socket> readable, List<Socket> writable)
    {
        var came = TakeGradients();
        if (came) _lookout.Begin();
        var isLooking = came || (!_links.AreCoresTaken && _lookout.GoesOn());
        if (isLooking && _clock.Elapsed < _nextSocketLook) return;
        Select(readable, writable, isLooking || !_links.TrySleep() ? TimeSpan.Zero : Wait());
        _links.Awake();
        _nextSocketLook = _clock.Elapsed + SocketLook;
    }

    /// <returns>Whether there was one.</returns>
    private bool TakeGradients()
    {
        var came = false;
        for (var i = 0; i < _links.Sharing.Count; i++)
        {
            var link = _links.Sharing[i];
            if (TakeGradient(link)) came = true;
            else if (!link.PostWaiting()) Close(link, "the connection broke while sending");
            Perform();
        }
        return came;
    }

    private bool TakeGradient(DataLink link)
    {
        RegionGradient? gradient = null;
        try
        {
            if (!link.TryTake(out gradient)) return false;
            _core.Heard(link.Worker, _actions);
            Offer(link, link.Region!.FixedPart, gradient.Memory);
        }
        catch (InvalidDataException e)
        {
            gradient?.Return();
            _actions.Add(new ExchangeAction.Drop(link.Worker, e.Message));
        }
        return true;
    }

    private void Select(List<Socket> readable, List<Socket> writable, TimeSpan limit)
    {
        readable.Clear();
        writable.Clear();
        readable.Add(_wake.Waited);
        foreach (var link in _links.All)
        {
            readable.Add(link.Socket);
            if (link.HasPending) writable.Add(link.Socket);
        }
        Socket.Select(readable, writable, null, limit);

        foreach (var socket in writable)
        {
            if (_links.Of(socket) is not { } link || link.Flush()) continue;
            Close(link, "the connection broke while sending");
            Perform();
        }
        foreach (var socket in readable)
        {
            if (socket == _wake.Waited) HandleCommands();
            else if (_links.Of(socket) is { } link) Receive(link);
        }
        if (_stopped) return;
        if (TakeGradients()) _lookout.Begin();   // what has come is handed in before anybody is judged by the time
        LookAtDisk();
        _core.Tick(_clock.Elapsed, _actions);
        Perform();
        if (_watch.IsDue(_clock.Elapsed)) Show();
    }

    /// <summary>Opens no step while what was committed waits for the disk: it would be memory without end.</summary>
    private void LookAtDisk()
    {
        if (_recorder.IsBehind == _core.Throttle.AwaitsDisk) return;
        _core.Throttle.AwaitsDisk = !_core.Throttle.AwaitsDisk;
        if (_core.Throttle.AwaitsDisk)
        {
            _diskAwaitedSince = _clock.Elapsed;
            NodeEvents.RecordingBehind.Write("the disk takes less than is trained: {steps} steps wait to be written down, and no other is begun until half of them are", _recorder.BacklogMax);
        }
        else NodeEvents.RecordingCaughtUp.Write("the disk has caught up after {seconds:0.0} s: the training goes on", (_clock.Elapsed - _diskAwaitedSince).TotalSeconds);
    }

    private void Show()
    {
        _watch.Show(_core.View(_clock.Elapsed), _clock.Elapsed);
        _core.Model?.Movement.MeasureNext();
    }

    /// <summary>Until the next look at the time: a step that waits for the throttle is opened when it is due, not a tick later.</summary>
    private TimeSpan Wait()
    {
        if (_core.HeldUntil is not { } due) return TickInterval;
        var left = due - _clock.Elapsed;
        return left <= TimeSpan.Zero ? TimeSpan.Zero : left < TickInterval ? left : TickInterval;
    }

    private void HandleCommands()
    {
        _wake.Drain();
        while (_commands.TryDequeue(out var command))
        {
            Handle(command);
            Perform();
        }
    }

    private void Handle(ExchangeCommand command)
    {
        switch (command)
        {
            case ExchangeCommand.AcceptLink accept: Accept(accept); break;
            case ExchangeCommand.Dismiss dismiss when _links.TryGet(dismiss.Worker, out var link):
                link.Send(_small.Frame(new Goodbye(RunEnding.Failed, dismiss.Reason)));
                Close(link, dismiss.Reason);
                break;
            case ExchangeCommand.Deal deal:
                _monitor.Connections.Dealt(deal.Assignment);
                _core.Assign(deal.Assignment, _actions);
                break;
            case ExchangeCommand.Initialise: _core.Initialise(_actions); break;
            case ExchangeCommand.Train train:
                _trace.EpochStarted(train.Epoch);
                _core.Train(train.Epoch, _clock.Elapsed, _actions);
                break;
            case ExchangeCommand.Evaluate:
                _trace.EpochEnded();
                _core.Evaluate(_actions);
                break;
            case ExchangeCommand.OfPage asked: _page.Handle(asked, _clock.Elapsed, _actions); break;
            case ExchangeCommand.Halt: _core.Halt(); break;
            case ExchangeCommand.Save: _core.Save(_actions); break;
            case ExchangeCommand.TakeSnapshot:
                _core.Halt();
                _report(new ExchangeReport.Snapshot(_core.Snapshot()));
                break;
            case ExchangeCommand.Stop stop: SayGoodbye(stop.Goodbye); break;
        }
    }

    private void Accept(ExchangeCommand.AcceptLink accept)
    {
        var worker = accept.Identity.Worker;
        if (!_core.IsMeant(accept.Identity) || _page.IsCutOff(worker.Name, _clock.Elapsed))
        {
            accept.Close();
            return;
        }
        _page.Lose(worker);
        // It knows of a break before this side does. No Disconnected for the old one: that could overtake the new session's words.
        var region = accept.Region is { } shared ? new RegionServerEnd(shared) : null;
        _links.Add(new DataLink(accept.Socket, region, worker, PayloadFor, _monitor.Connections.Connected(worker)));
        _core.Connected(worker, _actions);
    }

    private Memory<float> PayloadFor(FrameType type, ReadOnlySpan<byte> fixedPart, int floatCount) => type switch
    {
        FrameType.SlotGradient when floatCount == _core.GradientFloats => _pool.Rent(floatCount),
        FrameType.ModelInitialised => new float[floatCount],
        _ => default,
    };

    private void Receive(DataLink link)
    {
        while (true)
        {
            var status = link.Receive(out var hasBytes);
            if (hasBytes) _core.Heard(link.Worker, _actions);
            switch (status)
            {
                case ReceiveStatus.Incomplete:
                    Perform();
                    return;
                case ReceiveStatus.Complete:
                    Dispatch(link);
                    Perform();
                    if (!_links.Has(link)) return;
                    break;
                default:
                    // What it handed over before it went still counts.
                    while (_links.Has(link) && link.Region is not null && TakeGradient(link)) Perform();
                    if (status == ReceiveStatus.Malformed)
                        NodeEvents.ConnectionClosed.Write("closed the data connection of {worker:l}: {problem:l}", link.Worker.Name, link.Received.Problem);
                    Close(link, link.Received.Problem ?? "the connection broke");
                    Perform();
                    return;
            }
        }
    }

    private void Dispatch(DataLink link)
    {
        var frame = link.Received;
        var reader = new FixedReader(frame.FixedPart);
        try
        {
            switch (frame.Header.Type)
            {
                case FrameType.SlotGradient: Offer(link, frame.FixedPart, frame.Payload); break;
                case FrameType.ModelInitialised:
                    var model = ModelInitialised.Read(ref reader);
                    reader.End();
                    _core.OfferModel(link.Worker, model, frame.Payload, _actions);
                    break;
                case FrameType.BlockResult:
                    var result = BlockResult.Read(ref reader);
                    reader.End();
                    _core.OfferBlock(link.Worker, result, _actions);
                    break;
                case FrameType.ForwardResult:
                    var answer = ForwardResult.Read(ref reader);
                    reader.End();
                    _core.Answered(link.Worker);
                    _page.Answer(answer.Request, new ForwardAnswer(answer.Version, link.Worker.Name, answer.Outputs));
                    break;
                case FrameType.Beat or FrameType.Wake:
                    break;
                default:
                    throw new InvalidDataException($"a {frame.Header.Type} is not for the server");
            }
        }
        catch (InvalidDataException e)
        {
            _actions.Add(new ExchangeAction.Drop(link.Worker, e.Message));
        }
    }

    private void Offer(DataLink link, ReadOnlySpan<byte> fixedPart, ReadOnlyMemory<float> gradient)
    {
        var reader = new FixedReader(fixedPart);
        var header = SlotGradient.Read(ref reader);
        reader.End();
        if (_core.GradientFloats != gradient.Length) throw new InvalidDataException("a gradient of another length");
        if (_core.OfferGradient(link.Worker, header, gradient, _clock.Elapsed, _actions) == GatherVerdict.Accepted) _pool.Lend(gradient);
        else _pool.Return(gradient);
        if (_core.IsApplied) _core.Commit(_clock.Elapsed, _actions);
    }

    /// <summary>Carries out what the core decided. Closing a connection may add to the list.</summary>
    private void Perform() => ExchangeAction.CarryOut(_actions, _perform);

    private void Perform(ExchangeAction action)
    {
        switch (action)
        {
            case ExchangeAction.SendStep send:
                Send(send.To, send.Order with { Trace = _trace.Ordered(send.Order) }, send.WithVersion);
                break;
            case ExchangeAction.SendEvaluation send: Send(send.To, send.Order, send.WithVersion); break;
            case ExchangeAction.SendForward send: SendForward(send); break;
            case ExchangeAction.SendInitialise send: Send(send.To, send.Order, withVersion: false); break;
            case ExchangeAction.Report report: _report(report.What); break;
            case ExchangeAction.Record record:
                _pool.ReturnLent();
                _trace.Committed(record.Step);
                _recorder.Add(_core.Summed(record.Step));
                break;
            case ExchangeAction.Save save: _recorder.Save(save.Model, save.Position); break;
            case ExchangeAction.Drop drop when _links.TryGet(drop.Worker, out var link):
                NodeEvents.ConnectionClosed.Write("closed the data connection of {worker:l}: {problem:l}", drop.Worker.Name, drop.Reason);
                Close(link, drop.Reason);
                break;
        }
    }

    /// <param name="to">The worker; one that has gone gets nothing.</param>
    /// <param name="order">What is asked of it.</param>
    /// <param name="withVersion">Whether the current version goes along.</param>
    private void Send<T>(WorkerId to, in T order, bool withVersion) where T : IFrame
    {
        if (!_links.TryGet(to, out var link)) return;
        var isSound = link.Region is not null
            ? link.Post(order, withVersion ? _core.Model!.Frame.PayloadBytes.Span : default)
            : link.Send(withVersion ? _core.Model!.Frame.Frame(order, _core.Model.Crc) : _small.Frame(order));
        if (!isSound) Close(link, "the connection broke while sending");
    }

    private void SendForward(ExchangeAction.SendForward send)
    {
        _page.Sent(send.Order.Request, send.To);
        if (!send.WithVersion || !_links.TryGet(send.To, out var link) || link.Region is not null)
        {
            Send(send.To, send.Order, send.WithVersion);
            return;
        }
        // The samples do not fit before the version where it lies: a copy, at a person's pace.
        var model = _core.Model!;
        var copy = new FrameBuffer(model.Layout.TotalCount, FrameLimits.FixedBytesMax);
        model.Frame.Floats.CopyTo(copy.Floats);
        if (!link.Send(copy.Frame(send.Order, model.Crc))) Close(link, "the connection broke while sending");
    }

    private void Close(string worker, string reason)
    {
        if (_links.All.FirstOrDefault(link => link.Worker.Name == worker) is { } link) Close(link, reason);
    }

    private void Close(DataLink link, string reason)
    {
        if (!_links.Remove(link.Worker)) return;
        _page.Lose(link.Worker);
        _core.Disconnected(link.Worker, reason, _actions);
    }

    private void SayGoodbye(Goodbye goodbye)
    {
        _stopped = true;
        var until = _clock.Elapsed + GoodbyeLimit;
        foreach (var link in _links.All)
        {
            link.SayGoodbye(_small.Frame(goodbye), until - _clock.Elapsed);
        }
        _report(new ExchangeReport.Closed());
    }

    private void DisposeWaitingSockets()
    {
        while (_commands.TryDequeue(out var command))
        {
            (command as ExchangeCommand.AcceptLink)?.Close();
            if (command is ExchangeCommand.OfPage asked) PageRequests.Refuse(asked);
        }
    }
}
