using MiniBatch.Coordinator.Exchange;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using MiniBatch.Simulation.Checks;
using MiniBatch.Simulation.Network;
using MiniBatch.Simulation.Scheduling;

namespace MiniBatch.Simulation.Nodes;

/// <summary>
/// Renders <see cref="ExchangeThread"/>: one turn is one pass of its loop, commands first, then what came over the connections, then
/// the clock. It runs the real <see cref="ExchangeCore"/> and receives into the real <see cref="GradientPool"/>.
/// </summary>
internal sealed class ExchangeShell
{
    private readonly SimulatedCluster _cluster;
    private readonly World _world;
    private readonly RecorderShell _recorder;
    private readonly Action<ExchangeReport> _report;
    private readonly ExchangeCore _core;
    private readonly Incarnation _incarnation;
    private readonly Dictionary<WorkerId, DataConnection> _links = [];
    private readonly List<DataConnection> _readable = [];
    private readonly Queue<object> _commands = new();
    private readonly GradientPool _pool = new();
    private readonly Action<ExchangeAction> _perform;
    private readonly List<ExchangeAction> _actions = [];
    private readonly DealChecks _deals;
    private (long Version, float[] Values) _copy = (-1, []);
    private TimeSpan _lastTurn;
    private bool _isWoken;
    private bool _isStopped;

    public ExchangeShell(
        SimulatedCluster cluster, SimulatedThread thread, Incarnation incarnation, Checkpoint? resumed, RecorderShell recorder, Action<ExchangeReport> report)
    {
        _cluster = cluster;
        _world = cluster.World;
        Thread = thread;
        _incarnation = incarnation;
        _recorder = recorder;
        _report = report;
        _core = new ExchangeCore(cluster.Schedule.Spec, incarnation, cluster.Schedule.Exchange);
        if (resumed is not null) _core.Restore(resumed.Model, resumed.Position);
        History = cluster.Checks.Begin(resumed, incarnation);
        _deals = new DealChecks(cluster.Schedule.Spec);
        _perform = Perform;
        _world.Post(thread, ExchangeThread.TickInterval, Tick);
    }

    public SimulatedThread Thread { get; }

    public ExchangeCore Core => _core;

    public Incarnation Incarnation => _incarnation;

    /// <summary>What this coordinator has applied, as the checks have it.</summary>
    public RunHistory History { get; }

    public IEnumerable<DataConnection> Connections => _links.Values;

    private TimeSpan Now => Thread.Process.ClockAt(_world.Now);

    /// <summary>Gives the thread something to do: an <see cref="ExchangeCommand"/>, or a connection that has passed the handshake.</summary>
    public void Post(object command)
    {
        _commands.Enqueue(command);
        Wake();
    }

    public void Wake()
    {
        if (_isWoken || _isStopped) return;
        _isWoken = true;
        _world.Post(Thread, _world.Delay(TimeSpan.FromMicroseconds(100)), Turn);
    }

    public void ReceiveGradient(DataConnection from, in SlotGradient header, float[] values)
    {
        _deals.Answered(from, header);
        if (values.Length != _core.GradientFloats)
        {
            _actions.Add(new ExchangeAction.Drop(from.Worker, "a gradient of another length"));
            return;
        }
        var buffer = _pool.Rent(values.Length);
        values.CopyTo(buffer, 0);
        var verdict = _core.OfferGradient(from.Worker, header, buffer, Now, _actions);
        _cluster.Checks.Offered(History, verdict, header, _incarnation);
        if (verdict == GatherVerdict.Accepted) _pool.Lend(buffer);
        else _pool.Return(buffer);
        if (_core.IsApplied) _core.Commit(Now, _actions);
    }

    public void ReceiveModel(DataConnection from, in ModelInitialised model, float[] values) => _core.OfferModel(from.Worker, model, values, _actions);

    public void ReceiveBlock(DataConnection from, in BlockResult result) => _core.OfferBlock(from.Worker, result, _actions);

    private void Tick()
    {
        if (_isStopped) return;
        if (_world.Now - _lastTurn >= ExchangeThread.TickInterval) Turn();
        _world.PostAt(Thread, _lastTurn + ExchangeThread.TickInterval, Tick);
    }

    private void Turn()
    {
        _isWoken = false;
        if (_isStopped) return;
        _lastTurn = _world.Now;
        _readable.Clear();
        foreach (var link in _links.Values)
        {
            if (link.Inbox.Count > 0 || link.HasEnded) _readable.Add(link);
        }
        while (_commands.TryDequeue(out var command))
        {
            Handle(command);
            Perform();
            if (_isStopped) return;
        }
        foreach (var link in _readable)
        {
            if (IsOpen(link)) Receive(link);
        }
        _core.Throttle.AwaitsDisk = _recorder.IsBehind;
        _core.Tick(Now, _actions);
        Perform();
    }

    private bool IsOpen(DataConnection link) => _links.TryGetValue(link.Worker, out var open) && open == link;

    private void Handle(object command)
    {
        switch (command)
        {
            case (DataConnection connection, SessionIdentity identity): Accept(connection, identity); break;
            case ExchangeCommand.Dismiss dismiss when _links.TryGetValue(dismiss.Worker, out var link):
                SendGoodbye(link, new Goodbye(RunEnding.Failed, dismiss.Reason));
                Close(link, dismiss.Reason);
                break;
            case ExchangeCommand.Deal deal:
                _deals.Assigned(deal.Assignment);
                _core.Assign(deal.Assignment, _actions);
                break;
            case ExchangeCommand.Initialise: _core.Initialise(_actions); break;
            case ExchangeCommand.Train train: _core.Train(train.Epoch, Now, _actions); break;
            case ExchangeCommand.Evaluate: _core.Evaluate(_actions); break;
            case ExchangeCommand.Halt: _core.Halt(); break;
            case ExchangeCommand.Save: _core.Save(_actions); break;
            case ExchangeCommand.TakeSnapshot:
                _core.Halt();
                _report(new ExchangeReport.Snapshot(_core.Snapshot()));
                break;
            case ExchangeCommand.Stop stop: SayGoodbye(stop.Goodbye); break;
        }
    }

    private void Accept(DataConnection connection, SessionIdentity identity)
    {
        if (!_core.IsMeant(identity))
        {
            _cluster.Coverage.Count("connection meant for another coordinator");
            connection.CloseAtServer();
            return;
        }
        if (_links.Remove(identity.Worker, out var old)) old.CloseAtServer();
        _links[identity.Worker] = connection;
        _core.Connected(identity.Worker, _actions);
    }

    private void Receive(DataConnection link)
    {
        while (link.Inbox.TryDequeue(out var frame))
        {
            _core.Heard(link.Worker, _actions);
            frame(link);
            Perform();
            if (!IsOpen(link)) return;
        }
        if (!link.HasEnded) return;
        Close(link, "the connection broke");
        Perform();
    }

    private void Perform() => ExchangeAction.CarryOut(_actions, _perform);

    private void Perform(ExchangeAction action)
    {
        _cluster.CoordinatorDecides(Thread.Process, action, null);
        switch (action)
        {
            case ExchangeAction.SendStep send: Send(send.To, send.Order, send.WithVersion); break;
            case ExchangeAction.SendEvaluation send: Send(send.To, send.Order, send.WithVersion); break;
            case ExchangeAction.SendInitialise send: Send(send.To, send.Order); break;
            case ExchangeAction.Report report:
                if (report.What is ExchangeReport.Stuck stuck) _cluster.Faults.RequireHampered(stuck.Worker, stuck.Work);
                _report(report.What);
                break;
            case ExchangeAction.Record record:
                _pool.ReturnLent();
                var step = _core.Summed(record.Step);
                _cluster.Checks.Recorded(History, step, _core.Model!);
                _deals.Committed(_links.Values);
                _recorder.Add(step);
                break;
            case ExchangeAction.Save save:
                _cluster.Checks.Saved(History, save);
                _recorder.Save(save.Model, save.Position);
                break;
            case ExchangeAction.Drop drop when _links.TryGetValue(drop.Worker, out var link): Close(link, drop.Reason); break;
        }
    }

    private void Send(WorkerId to, InitialiseOrder order)
    {
        if (_links.TryGetValue(to, out var link)) link.SendToWorker(() => link.Session.Initialise(order));
    }

    private void Send(WorkerId to, StepOrder order, bool withVersion)
    {
        if (!_links.TryGetValue(to, out var link)) return;
        var version = withVersion ? Copy() : null;
        _deals.Ordered(link, order);
        link.SendToWorker(() => link.Session.Order(order, version));
        _cluster.Faults.Ordered(link, order);
    }

    private void Send(WorkerId to, EvaluationOrder order, bool withVersion)
    {
        if (!_links.TryGetValue(to, out var link)) return;
        var version = withVersion ? Copy() : null;
        link.SendToWorker(() => link.Session.Order(order, version));
    }

    /// <summary>The version as a socket would have taken it: it is written over by the next.</summary>
    private float[] Copy()
    {
        var model = _core.Model!;
        if (_copy.Version != model.Version) _copy = (model.Version, model.Frame.Floats.ToArray());
        return _copy.Values;
    }

    private void Close(DataConnection link, string reason)
    {
        if (!_links.Remove(link.Worker)) return;
        link.CloseAtServer();
        _core.Disconnected(link.Worker, reason, _actions);
    }

    private void SayGoodbye(Goodbye goodbye)
    {
        _isStopped = true;
        foreach (var link in _links.Values)
        {
            SendGoodbye(link, goodbye);
            link.CloseAtServer();
        }
        _report(new ExchangeReport.Closed());
    }

    private static void SendGoodbye(DataConnection link, Goodbye goodbye) => link.SendToWorker(() => link.Session.End(goodbye));
}
