using System.Diagnostics;
using System.Text.Json;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tls;
using MiniBatch.Shared.Tracing;
using MiniBatch.Shared.Weights;
using MiniBatch.Shared.Workloads;
using MiniBatch.Worker.Monitoring;
using Serilog;
using TorchSharp;

namespace MiniBatch.Worker.Computation;

/// <summary>What a worker computes with.</summary>
/// <param name="Self">Who this worker is.</param>
/// <param name="CoordinatorHost">Host name of the coordinator's node.</param>
/// <param name="SecretKey">The cluster's.</param>
/// <param name="DataDirectory">Where the datasets are; null to look in the usual places.</param>
/// <param name="Device">What to compute on: one device.</param>
public sealed record ComputeSettings(WorkerId Self, string CoordinatorHost, byte[] SecretKey, string? DataDirectory, DeviceRequest Device)
{
    /// <summary>Gets the compute thread's heartbeats, and what it computed.</summary>
    public required WorkerMonitor Monitor { get; init; }

    /// <summary>The process's log, before a run's name is put to each line.</summary>
    public ILogger Log { get; init; } = Serilog.Log.Logger;

    /// <summary>Brings the samples of a run.</summary>
    public Func<RunSpec, DatasetSamples> LoadSamples { get; init; } =
        spec => WorkloadCatalog.Get(spec.Workload).Data.Load(DataDirectory, spec.TrainCount, spec.TestCount);

    /// <summary>Whether versions and gradients go through shared memory where the coordinator is on this machine.</summary>
    public bool SharesMemory { get; init; } = true;

    /// <summary>TLS for the data connection; null for none.</summary>
    public NodeCertificates? Certificates { get; init; }

    /// <summary>What makes batches of them.</summary>
    public Func<ComputePlace, IBatchSource> Batches { get; init; } = place => place.Batches();
}

/// <summary>
/// A worker's part in a run, from its admission to the end of its data connection: loads data and model, connects, then takes
/// orders off the connection and answers them, until it is disposed, the connection breaks or the server says goodbye. It runs on
/// the process's <see cref="ComputeThread"/>.
/// </summary>
/// <param name="admitted">The run, and where its server is.</param>
/// <param name="settings">This worker's.</param>
/// <param name="report">Called on the compute thread; must not block. Not called any more once it is disposed.</param>
public sealed class ComputeSession(WorkerAdmitted admitted, ComputeSettings settings, Action<ComputeReport> report) : IDisposable
{
    private readonly Lock _closing = new();
    private volatile bool _disposed;
    private DataChannel? _channel;
    private readonly FrameBuffer _forwards = new(0, FrameLimits.FixedBytesMax);
    private bool _working;

    /// <summary>Closes its connection and has it end as soon as it is out of what it is in: a kernel, a read from a slow disk.</summary>
    public void Dispose()
    {
        lock (_closing)
        {
            _disposed = true;
            _channel?.Close();
        }
    }

    /// <summary>Computes to the session's end.</summary>
    internal void Run()
    {
        Monitor.Computing.Beat();
        try
        {
            Report(ComputeUntilTheEnd());
        }
        catch (ConnectionLostException e)
        {
            Report(new ComputeReport.Lost(e.Message));
        }
        catch (ObjectDisposedException) when (_disposed)
        {
            // Nobody waits for it any more.
        }
        catch (Exception e) when (e is DatasetException or UserErrorException or IOException or UnauthorizedAccessException)
        {
            Report(new ComputeReport.Failed(e.Message));
        }
        catch (Exception e)
        {
            NodeEvents.ComputeFailed.Write(e, "the compute thread failed");
            Report(new ComputeReport.Failed(e.Message.Split('\n')[0]));
        }
        finally
        {
            Monitor.Computing.Idle("has ended");
            _channel?.Dispose();
        }
    }

    /// <summary>Gives it up before it ran: the one before does not end.</summary>
    internal void GiveUp(string reason) => Report(new ComputeReport.Failed(reason));

    private void Report(ComputeReport what)
    {
        if (!_disposed) report(what);
    }

    private ComputeReport ComputeUntilTheEnd()
    {
        RequireWanted();
        var spec = JsonSerializer.Deserialize<RunSpec>(admitted.SpecJson, Json.Compact)
            ?? throw new InvalidDataException("the coordinator sent no run spec");
        if (spec.Problem() is { } impossible) throw new InvalidDataException($"the coordinator sent a run spec that no run can be made of: {impossible}");
        Log.Logger = settings.Log.ForContext("run", spec.Run.Value);   // known only now; every later line has it
        KernelPins.Apply(spec.CpuCapability);
        torch.set_num_threads(1);
        if (IsGpu) GpuPins.Apply(settings.Device, spec.AllowTf32);
        var mkl = KernelPins.MklBranch();
        NodeEvents.TensorsChosen.Write(
            "tensors: {torchSharp:l}, libtorch {libtorch:l}, {device:l}, kernels {kernels:l}", ProgramVersion.TorchSharp, torch.__version__,
            settings.Device.ToString(), $"{spec.CpuCapability.ToString().ToLowerInvariant()} (MKL: {mkl ?? "does not say"})");
        if (mkl == "OFF") NodeEvents.KernelsNotPinned.Write("MKL was not held to one arithmetic: its sums may depend on where in memory a tensor lies");

        var data = settings.LoadSamples(spec);
        RequireWanted();   // a slow disk takes minutes
        var place = ComputePlace.Of(settings.Device);
        using var computer = new SlotComputer(spec, data, place, settings.Batches(place));
        var initial = InitialSha256(spec, data, computer);
        var arithmetic = new Arithmetic(initial, ProbeOf(computer));
        RequireWanted();

        var channel = Connect(spec, computer.Vector.Layout);
        NodeEvents.DataConnected.Write("versions and gradients go by way of {way:l}", channel.Way);
        if (channel.SharingProblem is { } problem) NodeEvents.SharedMemoryMissing.Write("no shared memory with the coordinator ({problem:l}); the Unix socket does as well", problem);
        Report(new ComputeReport.Connected(WorkloadCatalog.Get(spec.Workload).Data.Sha256, arithmetic));
        return Serve(channel, computer);
    }

    private void RequireWanted() => ObjectDisposedException.ThrowIf(_disposed, this);

    private DataChannel Connect(RunSpec spec, ModelLayout layout)
    {
        var channel = DataChannel.Connect(
            new DataAddress(settings.CoordinatorHost, admitted.DataPort, admitted.DataSocketPath), settings.SecretKey,
            new SessionIdentity(settings.Self, spec.Run, admitted.Incarnation), new PayloadShape(layout.TotalCount, spec.Slots),
            new DataChannelOptions
            {
                Metrics = Monitor.Connection,
                SharesMemory = settings.SharesMemory,
                Certificates = settings.Certificates,
                Broken = () => Report(new ComputeReport.Lost("the connection broke while a slot was computed")),
            });
        lock (_closing)
        {
            _channel = channel;
            if (_disposed) channel.Close();
        }
        return channel;
    }

    /// <summary>
    /// SHA-256 of version 0 as the seed gives it. Made twice: a model that came out wrong once, because anything else drew from
    /// torch's generator meanwhile or a machine is at fault, must not become the run's.
    /// </summary>
    private static string InitialSha256(RunSpec spec, DatasetSamples data, SlotComputer computer)
    {
        using var again = new SlotComputer(spec, data);
        return Arithmetic.OfInitialisations(computer.InitialSha256(), again.InitialSha256());
    }

    private WorkerMonitor Monitor => settings.Monitor;

    private bool IsGpu => settings.Device.Kind == DeviceKind.Cuda;

    /// <summary>A CPU that is pinned repeats itself; of a GPU it has to be seen.</summary>
    private string ProbeOf(SlotComputer computer) => IsGpu
        ? Arithmetic.OfProbes(computer.ProbeSha256(), computer.ProbeSha256())
        : computer.ProbeSha256();

    private ComputeReport Serve(DataChannel channel, SlotComputer computer)
    {
        var open = new OpenOrders();
        while (true)
        {
            // One slot at a time, then a look at what came meanwhile: slots of a step that is over are not worth computing, and
            // a slow worker that computed them all would fall behind for ever. Nor are any once the connection broke: what came before
            // it did says whether the run is over.
            if (open.Count > 0 && !channel.IsBroken && !channel.HasWaiting)
            {
                Compute(channel, computer, open.Order, open.Take());
                ReportWorking();
                if (open.Count == 0) computer.PlanAhead(open.Order.Epoch, open.Order.StepInEpoch);
                continue;
            }
            Monitor.Computing.Idle("waits for orders");
            var frame = channel.Receive();
            Monitor.Computing.Beat();
            var reader = new FixedReader(frame.FixedPart);
            var isLoaded = !frame.Payload.IsEmpty;
            if (isLoaded) computer.Load(frame.Payload);
            channel.Release();
            switch (frame.Type)
            {
                case FrameType.InitialiseOrder:
                    SendModel(channel, computer, InitialiseOrder.Read(ref reader));
                    open.Initialise();
                    ReportWorking();
                    break;
                case FrameType.StepOrder:
                    var step = StepOrder.Read(ref reader);
                    reader.End();
                    open.Add(step, isLoaded);
                    break;
                case FrameType.EvaluationOrder:
                    var evaluation = EvaluationOrder.Read(ref reader);
                    open.Add(evaluation, isLoaded);
                    Evaluate(channel, computer, evaluation);
                    break;
                case FrameType.Wake:
                    break;
                case FrameType.ForwardOrder:
                    var forward = ForwardOrder.Read(ref reader);
                    reader.End();
                    open.Add(forward, isLoaded);
                    var outputs = computer.Forward(forward.Inputs, forward.SampleCount);
                    channel.Send(_forwards.Frame(new ForwardResult(forward.Incarnation, forward.Request, forward.Version, outputs)));
                    break;
                case FrameType.Goodbye:
                    var goodbye = Goodbye.Read(ref reader);
                    return new ComputeReport.Ended(goodbye.Ending, goodbye.Reason);
                default:
                    throw new ConnectionLostException($"the server sent a {frame.Type}");
            }
        }
    }

    private void ReportWorking()
    {
        if (_working) return;
        _working = true;
        Report(new ComputeReport.Working());
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

    private void Compute(DataChannel channel, SlotComputer computer, StepOrder order, int slot)
    {
        Monitor.Computing.Beat();
        var span = order.Trace.IsTraced ? Spans.Source.StartActivity("slot", ActivityKind.Internal, order.Trace.ToParent(), Tags(order, slot)) : null;
        var result = computer.ComputeGradient(order.Epoch, order.StepInEpoch, slot, channel.RentGradient());
        span?.Dispose();
        Monitor.Computed(result);
        var header = new SlotGradient(
            order.Incarnation, order.Step, slot, order.Version, result.SampleCount, result.LossSum, result.CorrectCount, result.SampleCrc,
            (int)result.Elapsed.TotalMicroseconds);
        channel.SendGradient(header);
    }

    private IEnumerable<KeyValuePair<string, object?>> Tags(StepOrder order, int slot) =>
        [new("minibatch.worker", settings.Self.Name), new("minibatch.step", order.Step), new("minibatch.slot", slot)];

    private void Evaluate(DataChannel channel, SlotComputer computer, EvaluationOrder order)
    {
        var frame = new FrameBuffer(0);
        foreach (var block in order.Blocks.Items)
        {
            if (channel.IsBroken) return;   // nobody waits for the rest
            Monitor.Computing.Beat();
            var (samples, lossSum, correct) = computer.EvaluateBlock(block);
            Monitor.Evaluated();
            channel.Send(frame.Frame(new BlockResult(order.Incarnation, order.Version, block, samples, lossSum, correct)));
        }
    }
}
