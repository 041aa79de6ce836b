using System.Text.Json;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using MiniBatch.Shared.Workloads;
using MiniBatch.Worker.Monitoring;
using Serilog;
using TorchSharp;

namespace MiniBatch.Worker.Computation;

/// <summary>What a compute thread is given.</summary>
/// <param name="Self">Who this worker is.</param>
/// <param name="CoordinatorHost">Host name of the coordinator's node.</param>
/// <param name="SecretKey">The cluster's.</param>
/// <param name="DataDirectory">Where the datasets are; null to look in the usual places.</param>
/// <param name="Device">What to compute on: one device.</param>
public sealed record ComputeSettings(WorkerId Self, string CoordinatorHost, byte[] SecretKey, string? DataDirectory, DeviceRequest Device)
{
    /// <summary>Is shown what the thread does.</summary>
    public WorkerMonitor Monitor { get; init; } = new(Self.Name);
}

/// <summary>
/// The one thread on which a worker computes: loads data and model, connects, then takes orders off the data connection
/// and answers them, until it is disposed, the connection breaks or the server says goodbye.
/// </summary>
public sealed class ComputeThread : IDisposable
{
    private readonly WorkerAdmitted _admitted;
    private readonly ComputeSettings _settings;
    private readonly Action<ComputeReport> _report;
    private readonly Thread _thread;
    private volatile bool _disposed;
    private volatile DataChannel? _channel;
    private float[] _version = [];
    private bool _working;

    /// <summary>Starts the thread.</summary>
    /// <param name="admitted">The run, and where its server is.</param>
    /// <param name="settings">This worker's.</param>
    /// <param name="report">Called on the thread; must not block.</param>
    public ComputeThread(WorkerAdmitted admitted, ComputeSettings settings, Action<ComputeReport> report)
    {
        _admitted = admitted;
        _settings = settings;
        _report = report;
        _thread = new Thread(Run) { Name = "compute", IsBackground = true };
        _thread.Start();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _disposed = true;
        _channel?.Dispose();
    }

    private void Run()
    {
        try
        {
            _report(ComputeUntilTheEnd());
        }
        catch (ConnectionLostException e)
        {
            if (!_disposed) _report(new ComputeReport.Lost(e.Message));
        }
        catch (Exception e) when (e is DatasetException or UserErrorException or IOException or UnauthorizedAccessException)
        {
            _report(new ComputeReport.Failed(e.Message));
        }
        catch (Exception e)
        {
            NodeEvents.ComputeFailed.Write(e, "the compute thread failed");
            _report(new ComputeReport.Failed(e.Message.Split('\n')[0]));
        }
        finally
        {
            Monitor.Computing.Rest("has ended");
            _channel?.Dispose();
        }
    }

    private ComputeReport ComputeUntilTheEnd()
    {
        Monitor.Computing.Beat();
        var spec = JsonSerializer.Deserialize<RunSpec>(_admitted.SpecJson, Json.Compact)
            ?? throw new InvalidDataException("the coordinator sent no run spec");
        Log.Logger = Log.ForContext("run", spec.Run.Value);   // known only now; every later line has it
        KernelPins.Apply(spec.CpuCapability);
        torch.set_num_threads(1);
        if (IsGpu) GpuPins.Apply(_settings.Device, spec.AllowTf32);
        NodeEvents.TensorsChosen.Write("tensors: {torchSharp:l}, libtorch {libtorch:l}, {device:l}", ProgramVersion.TorchSharp, torch.__version__, _settings.Device.ToString());

        var description = WorkloadCatalog.Get(spec.Workload).Data;
        var data = description.Load(_settings.DataDirectory, spec.TrainCount, spec.TestCount);
        using var computer = new SlotComputer(spec, data, ComputePlace.Of(_settings.Device));
        var probe = ProbeOf(computer);
        _version = GC.AllocateArray<float>(computer.Vector.Layout.TotalCount, pinned: true);

        _channel = DataChannel.Connect(
            _settings.CoordinatorHost, _admitted.DataPort, _admitted.DataSocketPath, _settings.SecretKey,
            new SessionIdentity(_settings.Self, spec.Run, _admitted.Incarnation), PayloadFor, Monitor.Traffic);
        if (_disposed) _channel.Dispose();
        _report(new ComputeReport.Connected(description.Sha256, probe));
        return Serve(_channel, computer);
    }

    private WorkerMonitor Monitor => _settings.Monitor;

    private bool IsGpu => _settings.Device.Kind == DeviceKind.Cuda;

    /// <summary>A CPU that is pinned repeats itself; of a GPU it has to be seen.</summary>
    private string ProbeOf(SlotComputer computer) => IsGpu
        ? Arithmetic.OfProbes(computer.ProbeSha256(), computer.ProbeSha256())
        : computer.ProbeSha256();

    private Memory<float> PayloadFor(FrameType type, ReadOnlySpan<byte> fixedPart, int floatCount) =>
        type is FrameType.StepOrder or FrameType.EvaluationOrder && floatCount == _version.Length ? _version : default;

    private ComputeReport Serve(DataChannel channel, SlotComputer computer)
    {
        var gradient = new FrameBuffer(_version.Length);
        var open = new OpenSlots();
        long? held = null;
        while (true)
        {
            // One slot at a time, then a look at what came meanwhile: slots of a step that is over are not worth computing, and
            // a slow worker that computed them all would fall behind for ever.
            if (open.Count > 0 && !channel.HasWaiting)
            {
                Compute(channel, computer, open.Order, open.Take(), gradient);
                ReportWorking();
                continue;
            }
            Monitor.Computing.Rest("waits for orders");
            var frame = channel.Receive();
            Monitor.Computing.Beat();
            var reader = new FixedReader(frame.FixedPart);
            var isLoaded = !frame.Payload.IsEmpty;
            if (isLoaded) computer.Load(frame.Payload.Span);
            switch (frame.Header.Type)
            {
                case FrameType.InitialiseOrder:
                    SendModel(channel, computer, InitialiseOrder.Read(ref reader));
                    held = 0;
                    ReportWorking();
                    break;
                case FrameType.StepOrder:
                    var step = StepOrder.Read(ref reader);
                    reader.End();
                    RequireHeld(ref held, step.Version, isLoaded);
                    open.Add(step);
                    break;
                case FrameType.EvaluationOrder:
                    open.Clear();   // every step before it is over
                    var evaluation = EvaluationOrder.Read(ref reader);
                    RequireHeld(ref held, evaluation.Version, isLoaded);
                    Evaluate(channel, computer, evaluation, gradient);
                    break;
                case FrameType.Goodbye:
                    var goodbye = Goodbye.Read(ref reader);
                    return new ComputeReport.Ended(goodbye.Ending, goodbye.Reason);
                default:
                    throw new ConnectionLostException($"the server sent a {frame.Header.Type}");
            }
        }
    }

    /// <summary>A gradient says which version it was computed from: that must be true whatever the server believes.</summary>
    private static void RequireHeld(ref long? held, long version, bool isLoaded)
    {
        if (isLoaded) held = version;
        if (held != version)
            throw new ConnectionLostException($"the server asked for version {version} and sent none; this worker holds {(held is null ? "none" : held)}");
    }

    private void ReportWorking()
    {
        if (_working) return;
        _working = true;
        _report(new ComputeReport.Working());
    }

    private static void SendModel(DataChannel channel, SlotComputer computer, InitialiseOrder order)
    {
        var buffer = new FrameBuffer(computer.Vector.Layout.TotalCount, FrameLimits.FixedBytesMax);
        computer.Vector.Save(buffer.Floats);
        var model = new ModelInitialised(
            order.Incarnation, JsonSerializer.Serialize(computer.Vector.Layout, Json.Compact),
            ParameterHash.Sha256OfFloats(buffer.Floats));
        channel.Send(buffer.Frame(model, buffer.PayloadCrc()));
    }

    private void Compute(DataChannel channel, SlotComputer computer, StepOrder order, int slot, FrameBuffer gradient)
    {
        Monitor.Computing.Beat();
        var result = computer.ComputeGradient(order.Epoch, order.StepInEpoch, slot, gradient.Floats);
        Monitor.Computed(result);
        var header = new SlotGradient(
            order.Incarnation, order.Step, slot, order.Version, result.SampleCount, result.LossSum, result.CorrectCount, result.SampleCrc,
            (int)result.Elapsed.TotalMicroseconds);
        channel.Send(gradient.Frame(header, gradient.PayloadCrc()));
    }

    /// <summary>Slots of the newest step that this worker was asked for and has not computed yet.</summary>
    private sealed class OpenSlots
    {
        private readonly Queue<int> _slots = new();

        public StepOrder Order { get; private set; }

        public int Count => _slots.Count;

        public void Add(StepOrder order)
        {
            if (order.Step != Order.Step) _slots.Clear();
            Order = order;
            foreach (var slot in order.Slots.Items) _slots.Enqueue(slot);
        }

        public int Take() => _slots.Dequeue();

        public void Clear() => _slots.Clear();
    }

    private void Evaluate(DataChannel channel, SlotComputer computer, EvaluationOrder order, FrameBuffer frame)
    {
        foreach (var block in order.Blocks.Items)
        {
            Monitor.Computing.Beat();
            var (samples, lossSum, correct) = computer.EvaluateBlock(block);
            Monitor.Evaluated();
            channel.Send(frame.Frame(new BlockResult(order.Incarnation, order.Version, block, samples, lossSum, correct)));
        }
    }
}
