using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using MiniBatch.Simulation.Nodes;
using MiniBatch.Simulation.Scheduling;

namespace MiniBatch.Simulation.Network;

/// <summary>
/// A data connection between a worker's compute thread and a coordinator's exchange thread, as TCP has it: each way keeps its
/// order, what is cut waits, and an end finds out of a break later than it happens, or not by itself.
/// </summary>
internal sealed class DataConnection
{
    private readonly World _world;
    private readonly SimulatedNetwork _network;
    private readonly Channel _toServer;
    private readonly Channel _toWorker;
    private int _copies;
    private bool _isReset;
    private bool _serverKnows;
    private bool _workerKnows;

    public DataConnection(World world, SimulatedNetwork network, WorkerId worker, ComputeSessionShell session, SimulatedThread compute, ExchangeShell exchange)
    {
        _world = world;
        _network = network;
        Session = session;
        Exchange = exchange;
        Worker = worker;
        _toServer = new Channel(world, exchange.Thread);
        _toWorker = new Channel(world, compute);
    }

    public WorkerId Worker { get; }

    public ExchangeShell Exchange { get; }

    public ComputeSessionShell Session { get; }

    /// <summary>Frames that have come and wait for the exchange thread.</summary>
    public Queue<Action<DataConnection>> Inbox { get; } = new();

    /// <summary>Whether the end of the connection has come after them.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The last gradient that the worker has sent, to be had again.</summary>
    public (SlotGradient Header, Action<DataConnection> Frame)? LastGradient { get; private set; }

    /// <summary>Of the worker's next frames that are no beats, so many arrive twice.</summary>
    public void Repeat(int frames) => _copies = frames;

    public void Beat()
    {
        if (!_workerKnows) _toServer.Send(Delay(toServer: true), () => Deliver(static _ => { }));
    }

    public void SendToServer(Action<DataConnection> frame, SlotGradient? gradient)
    {
        if (_workerKnows) return;
        if (gradient is { } header) LastGradient = (header, frame);
        _toServer.Send(Delay(toServer: true), () => Deliver(frame));
        if (_copies == 0) return;
        _copies--;
        _toServer.Send(Delay(toServer: true), () => Deliver(frame));
    }

    /// <summary>A frame arrives at the exchange; also one of an earlier connection, which a network may have kept.</summary>
    public void Deliver(Action<DataConnection> frame)
    {
        if (_isReset || _serverKnows) return;
        Inbox.Enqueue(frame);
        Exchange.Wake();
    }

    public void SendToWorker(Action frame)
    {
        if (_serverKnows) return;
        _toWorker.Send(Delay(toServer: false), () =>
        {
            if (!_isReset && !_workerKnows) Session.Receive(frame);
        });
    }

    /// <summary>The exchange closes its end: what it sent before still arrives.</summary>
    public void CloseAtServer()
    {
        if (_serverKnows) return;
        _serverKnows = true;
        _toWorker.Send(Delay(toServer: false), () => TellWorker("the connection was closed"));
    }

    /// <summary>The worker closes its end, or its process is gone.</summary>
    public void CloseAtWorker()
    {
        if (_workerKnows) return;
        _workerKnows = true;
        _toServer.Send(Delay(toServer: true), TellServer);
    }

    /// <summary>The coordinator's process is gone.</summary>
    /// <param name="silently">With its machine: nobody tells the worker.</param>
    public void LoseServer(bool silently)
    {
        if (silently) _serverKnows = true;
        else CloseAtServer();
    }

    /// <summary>The worker's machine has vanished: the coordinator's kernel finds out, and nobody before.</summary>
    public void LoseWorker()
    {
        if (_workerKnows) return;
        _workerKnows = true;
        _world.Post(Exchange.Thread, TcpOptions.GoneAfter, TellServer);
    }

    /// <summary>The connection breaks: what is on its way is lost.</summary>
    public void Reset()
    {
        if (_isReset) return;
        _isReset = true;
        _world.Post(Exchange.Thread, _network.Latency(), TellServer);
        _world.Post(_toWorker.Receiver, _network.Latency(), () => TellWorker("the connection was reset"));
    }

    private TimeSpan Delay(bool toServer) => toServer
        ? _network.DataDelay(_toWorker.Receiver.Process.Machine, Exchange.Thread.Process.Machine)
        : _network.DataDelay(Exchange.Thread.Process.Machine, _toWorker.Receiver.Process.Machine);

    private void TellServer()
    {
        if (_serverKnows) return;
        HasEnded = true;
        Exchange.Wake();
    }

    private void TellWorker(string reason)
    {
        if (_workerKnows) return;
        _workerKnows = true;
        Session.Break(reason);
    }
}
