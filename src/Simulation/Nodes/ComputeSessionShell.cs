using System.Text.Json;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using MiniBatch.Simulation.Checks;
using MiniBatch.Simulation.Network;
using MiniBatch.Simulation.Scheduling;
using MiniBatch.Worker.Computation;

namespace MiniBatch.Simulation.Nodes;

/// <summary>
/// Renders <see cref="ComputeSession"/>: loads, connects, then takes orders and answers them, a slot at a time with a look at what came
/// meanwhile. What is open and which version is held is decided by the real <see cref="OpenOrders"/>; tensors are the synthetic task's.
/// </summary>
internal sealed class ComputeSessionShell(WorkerNode node, WorkerAdmitted admitted, Action<ComputeReport> report)
{
    private static readonly TimeSpan BeatInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(3);

    private readonly SimulatedCluster _cluster = node.Cluster;
    private readonly OpenOrders _open = new();
    private readonly Queue<Action> _inbox = new();
    private DataConnection? _connection;
    private float[] _version = [];
    private bool _isBusy;
    private bool _isWorking;
    private bool _isDisposed;
    private bool _hasEnded;
    private string? _broken;

    /// <summary>Called when it is out of whatever it was in, and another may use the thread.</summary>
    public Action? Ended { get; set; }

    /// <summary>It takes its turn on the compute thread.</summary>
    public void Run()
    {
        _isBusy = true;
        After(node.LoadTime, Connect);
    }

    /// <summary>The thread was not free in time.</summary>
    public void GiveUp() => End(new ComputeReport.Failed("the computation before this one has not ended"));

    /// <summary>Closes its connection and has it end as soon as it is out of what it is in.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _connection?.CloseAtWorker();
        if (!_isBusy) End(null);
    }

    public void Receive(Action frame)
    {
        _inbox.Enqueue(frame);
        Pump();
    }

    public void Break(string reason)
    {
        _broken = reason;
        Pump();
    }

    public void Initialise(InitialiseOrder order)
    {
        var values = SyntheticTask.Initial(_cluster.Schedule.Spec, _cluster.Schedule.Layout);
        _version = values;
        _open.Initialise();
        var model = new ModelInitialised(order.Incarnation, JsonSerializer.Serialize(_cluster.Schedule.Layout, Json.Compact), ParameterHash.Sha256OfFloats(values));
        Send(exchange => exchange.ReceiveModel, model, values);
        SayWorking();
    }

    public void Order(StepOrder order, float[]? version)
    {
        if (version is not null) _version = version;
        _open.Add(order, version is not null);
    }

    public void Order(EvaluationOrder order, float[]? version)
    {
        if (version is not null) _version = version;
        _open.Add(order, version is not null);
        Evaluate(order, 0);
    }

    public void End(Goodbye goodbye) => End(new ComputeReport.Ended(goodbye.Ending, goodbye.Reason));

    private void Connect()
    {
        if (_isDisposed)
        {
            End(null);
            return;
        }
        var target = _cluster.DataTarget(node.JoinedAddress);
        if (target is null)
        {
            End(new ComputeReport.Lost("no data connection: refused"));
            return;
        }
        var network = _cluster.Network;
        if (!network.IsOpen(node.Process.Machine, target.Process.Machine) || !network.IsOpen(target.Process.Machine, node.Process.Machine)
            || target.Process.StoppedUntil > _cluster.World.Now)
        {
            After(ConnectLimit, () => End(new ComputeReport.Lost("no data connection: no answer")));
            return;
        }
        After(network.Latency() + network.Latency(), () =>
        {
            if (!target.Process.IsAlive || target.Shell is null)
            {
                End(new ComputeReport.Lost("no data connection: it was closed"));
                return;
            }
            _connection = new DataConnection(_cluster.World, network, node.Id, this, node.ComputeThread, target.Shell.Exchange);
            node.Connected(_connection);
            target.Accept(_connection, new SessionIdentity(node.Id, _cluster.Schedule.Spec.Run, admitted.Incarnation));
            _isBusy = false;
            Beat();
            Report(new ComputeReport.Connected(
                node.Strangeness == Strangeness.OtherDataset ? new string('e', 64) : _cluster.Schedule.Spec.DatasetSha256, node.Arithmetic));
            Pump();
        });
    }

    private void Beat()
    {
        if (_hasEnded || _isDisposed) return;
        if (_broken is not null)
        {
            Report(new ComputeReport.Lost("the connection broke while a slot was computed"));
            return;
        }
        _connection!.Beat();
        _cluster.World.Post(node.BeatThread, BeatInterval, Beat);
    }

    /// <summary>One step of the loop that serves: see <c>ComputeSession.Serve</c>.</summary>
    private void Pump()
    {
        while (!_isBusy && !_hasEnded)
        {
            if (_isDisposed)
            {
                End(null);
                return;
            }
            if (_open.Count > 0 && _inbox.Count == 0)
            {
                // A look at a connection that was closed finds the end of it, as Receive does.
                if (_broken is not null)
                {
                    End(new ComputeReport.Lost(_broken));
                    return;
                }
                Compute(_open.Order, _open.Take());
                return;
            }
            if (_inbox.TryDequeue(out var frame))
            {
                node.BytesReceived++;
                try
                {
                    frame();
                }
                catch (ConnectionLostException e)
                {
                    // A sound server never does: what it has sent over this connection, in this order, the worker holds.
                    throw new InvariantException(e.Message);
                }
                continue;
            }
            if (_broken is null) return;
            End(new ComputeReport.Lost(_broken));
        }
    }

    private void Compute(StepOrder order, int slot)
    {
        if (node.IsFailing)
        {
            node.IsFailing = false;
            End(new ComputeReport.Failed("a kernel failed"));
            return;
        }
        _isBusy = true;
        if (node.IsStuck) return;   // for good
        var began = _cluster.World.Now;
        After(node.ComputeTime(), () =>
        {
            var spec = _cluster.Schedule.Spec;
            var samples = _cluster.Checks.Plans[order.Epoch - 1].SlotSamples(order.StepInEpoch, slot);
            var gradient = new float[_version.Length];
            var (lossSum, correct, crc) = SyntheticTask.Compute(spec, _cluster.Schedule.Layout, _version, samples, gradient);
            if (_cluster.Checks.IsBroken(order.Step, slot)) gradient[0] = float.NaN;
            var header = new SlotGradient(
                order.Incarnation, order.Step, slot, order.Version, samples.Length, lossSum, correct, crc, (int)(_cluster.World.Now - began).TotalMicroseconds);
            Send(exchange => exchange.ReceiveGradient, header, gradient);
            SayWorking();
            _isBusy = false;
            Pump();
        });
    }

    private void Evaluate(EvaluationOrder order, int index)
    {
        if (index == order.Blocks.Count || _hasEnded || _isDisposed)
        {
            _isBusy = false;
            Pump();
            return;
        }
        _isBusy = true;
        if (node.IsStuck) return;
        After(node.ComputeTime(), () =>
        {
            var block = order.Blocks.Items[index];
            var count = Math.Min(RunSpec.EvaluationBlockSize, _cluster.Schedule.Spec.TestCount - block * RunSpec.EvaluationBlockSize);
            var result = new BlockResult(order.Incarnation, order.Version, block, count, count * (double)_version[0], (int)(order.Version + block) % 100);
            Send(exchange => (DataConnection from, in BlockResult sums, float[] _) => exchange.ReceiveBlock(from, sums), result, []);
            Evaluate(order, index + 1);
        });
    }

    private delegate void ReceiveFrame<T>(DataConnection from, in T header, float[] payload);

    private void Send<T>(Func<ExchangeShell, ReceiveFrame<T>> receive, T header, float[] payload) =>
        _connection!.SendToServer(connection => receive(connection.Exchange)(connection, header, payload), header as SlotGradient?);

    /// <summary>The compute thread is busy for a while.</summary>
    private void After(TimeSpan time, Action run) => _cluster.World.Post(node.ComputeThread, time, run);

    private void SayWorking()
    {
        if (_isWorking) return;
        _isWorking = true;
        Report(new ComputeReport.Working());
    }

    private void End(ComputeReport? last)
    {
        if (_hasEnded) return;
        _hasEnded = true;
        _connection?.CloseAtWorker();
        if (last is not null) Report(last);
        _isBusy = false;
        Ended?.Invoke();
    }

    private void Report(ComputeReport what)
    {
        if (!_isDisposed) report(what);
    }
}
