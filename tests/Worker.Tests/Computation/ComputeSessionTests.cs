using System.Text.Json;
using System.Threading.Channels;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using MiniBatch.Worker.Computation;
using MiniBatch.Worker.Monitoring;

namespace MiniBatch.Worker.Tests.Computation;

/// <summary>A real session on real MNIST, with an in-test server at the other end of its connection.</summary>
public sealed class ComputeSessionTests : IDisposable
{
    private static readonly Incarnation First = new(1);
    private static readonly WorkerId Self = new("worker-1", 7);
    private static readonly Lazy<string> Mnist = new(() => DatasetLocator.FindOrFetch(DatasetCatalog.Mnist, dataDirectory: null, _ => { }));

    private readonly RunSpec _spec = Runs.Spec();
    private readonly FakeServer _server = new();
    private readonly Channel<ComputeReport> _reports = Channel.CreateUnbounded<ComputeReport>();
    private readonly SlotComputer _reference;
    private readonly Arithmetic _arithmetic;
    private readonly ComputeThread _thread = new();
    private ComputeSession? _session;

    public ComputeSessionTests()
    {
        // Before the thread starts: both draw from the one generator.
        _reference = new SlotComputer(_spec, ImageDataset.Load(DatasetCatalog.Mnist, Mnist.Value, _spec.TrainCount, _spec.TestCount).Samples);
        _arithmetic = new Arithmetic(_reference.InitialSha256(), _reference.ProbeSha256());
    }

    public void Dispose()
    {
        _session?.Dispose();
        _thread.Dispose();
        _server.Dispose();
        _reference.Dispose();
    }

    private WorkerAdmitted Admitted => new(Self, First, JsonSerializer.Serialize(_spec, Json.Compact), _server.Port, "");

    private static ComputeSettings Settings(string? dataDirectory = null) =>
        new(Self, "127.0.0.1", FakeServer.Secret, dataDirectory ?? Mnist.Value, DeviceRequest.Cpu) { Monitor = new WorkerMonitor(Self.Name) };

    private void Start(WorkerAdmitted? admitted = null, ComputeSettings? settings = null, Action<ComputeReport>? report = null) =>
        _session = _thread.Start(new ComputeSession(admitted ?? Admitted, settings ?? Settings(), report ?? (r => _reports.Writer.TryWrite(r))));

    private async Task StartConnected()
    {
        Start();
        Assert.Equal(new SessionIdentity(Self, _spec.Run, First), _server.Accept());
        Assert.Equal(new ComputeReport.Connected(DatasetCatalog.Mnist.Sha256, _arithmetic), await NextReport());
    }

    private async Task<ComputeReport> NextReport() => await _reports.Reader.ReadAsync().AsTask().WaitAsync(Runs.Limit);

    private StepOrder Order(params int[] slots) => new(First, new Generation(1), Epoch: 2, StepInEpoch: 3, Step: 14, Version: 13, new ItemList(slots));

    private void AssertGradient(int slot, long fromVersion = 13)
    {
        var expected = new float[_reference.Vector.Layout.TotalCount];
        var result = _reference.ComputeGradient(2, 3, slot, expected);
        var (type, fixedPart, gradient) = _server.Next();
        Assert.Equal(FrameType.SlotGradient, type);
        var reader = new FixedReader(fixedPart);
        var header = SlotGradient.Read(ref reader);
        reader.End();
        Assert.Equal(
            new SlotGradient(First, 14, slot, fromVersion, result.SampleCount, result.LossSum, result.CorrectCount, result.SampleCrc, header.ComputeMicroseconds),
            header);
        AssertFloats.SameBits(expected, gradient);
    }

    [Fact]
    public async Task Initialising_sends_the_seeds_model_with_its_hash_and_layout()
    {
        await StartConnected();
        _server.Send(new InitialiseOrder(First));

        var (type, fixedPart, version) = _server.Next();

        Assert.Equal(FrameType.ModelInitialised, type);
        var reader = new FixedReader(fixedPart);
        var model = ModelInitialised.Read(ref reader);
        Assert.Equal((First, ParameterHash.Sha256OfFloats(version)), (model.Incarnation, model.Sha256));
        Assert.Equal(["linear.weight", "linear.bias"], JsonSerializer.Deserialize<ModelLayout>(model.LayoutJson, Json.Compact)!.Parameters.Select(p => p.Name));
        AssertFloats.SameBits(_reference.Version(), version);

        _server.Send(Order(1) with { Step = 14, Version = 0 });   // without a version: it holds the one it made
        AssertGradient(1, fromVersion: 0);
    }

    [Fact]
    public async Task Order_for_a_version_that_it_does_not_hold_loses_the_connection()
    {
        await StartConnected();
        _server.Send(Order(1), _reference.Version());
        AssertGradient(1);
        Assert.IsType<ComputeReport.Working>(await NextReport());

        _server.Send(Order(1) with { Version = 12 });

        Assert.Contains("holds 13", Assert.IsType<ComputeReport.Lost>(await NextReport()).Reason);
    }

    [Fact]
    public async Task Step_with_a_version_is_computed_from_it_slot_by_slot_in_the_orders_order()
    {
        await StartConnected();
        float[] version = [.. _reference.Version().Select(value => value * 0.5f)];
        _reference.Load(version);

        _server.Send(Order(2, 0), version);
        AssertGradient(2);
        AssertGradient(0);

        _server.Send(Order(3));   // the same version again
        AssertGradient(3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Worker_on_the_servers_machine_gives_the_same_bits_through_shared_memory(bool mayShare)
    {
        using var server = new SharingServer();
        Start(Admitted with { DataSocketPath = server.SocketPath }, Settings() with { SharesMemory = mayShare });
        Assert.Equal(mayShare, await Task.Run(server.Accept));
        Assert.IsType<ComputeReport.Connected>(await NextReport());
        if (!mayShare) return;
        float[] version = [.. _reference.Version().Select(value => value * 0.5f)];
        _reference.Load(version);
        var expected = new float[version.Length];

        server.Post(Order(2, 0), version);
        foreach (var slot in (int[])[2, 0])
        {
            var result = _reference.ComputeGradient(2, 3, slot, expected);
            var (header, gradient) = server.Next();
            Assert.Equal(
                new SlotGradient(First, 14, slot, 13, result.SampleCount, result.LossSum, result.CorrectCount, result.SampleCrc, header.ComputeMicroseconds),
                header);
            AssertFloats.SameBits(expected, gradient);
        }

        await Task.Delay(50);   // long enough for it to sleep: it is woken
        server.Post(Order(3));
        Assert.Equal(3, server.Next().Header.Slot);
    }

    [Fact]
    public async Task Evaluation_sends_the_sums_of_each_block()
    {
        await StartConnected();
        float[] version = [.. _reference.Version().Select(value => value * 0.5f)];
        _reference.Load(version);

        _server.Send(new EvaluationOrder(First, new Generation(1), Version: 9, new ItemList([2, 0])), version);

        foreach (var block in (int[])[2, 0])
        {
            var (samples, lossSum, correct) = _reference.EvaluateBlock(block);
            var (type, fixedPart, payload) = _server.Next();
            Assert.Equal(FrameType.BlockResult, type);
            var reader = new FixedReader(fixedPart);
            Assert.Equal(new BlockResult(First, 9, block, samples, lossSum, correct), BlockResult.Read(ref reader));
            Assert.Empty(payload);
        }
    }

    [Fact]
    public void Beats_go_on_while_the_thread_is_busy()
    {
        using var busyUntil = new ManualResetEventSlim();
        Start(report: _ => busyUntil.Wait(Runs.Limit));   // reports are made on the compute thread: this one occupies it
        _server.Accept();

        _server.NextBeats(4);

        busyUntil.Set();
    }

    [Theory]
    [InlineData(RunEnding.Completed)]
    [InlineData(RunEnding.Stopped)]
    public async Task Goodbye_ends_it_with_the_servers_reason(RunEnding ending)
    {
        await StartConnected();
        _server.Send(new Goodbye(ending, "that was that"));

        Assert.Equal(new ComputeReport.Ended(ending, "that was that"), await NextReport());
        _server.AwaitClose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Goodbye_that_came_while_a_slot_was_computed_ends_it_although_the_server_has_gone(bool isSharing)
    {
        using var gate = new Gate();
        using var sharing = new SharingServer();
        Start(
            isSharing ? Admitted with { DataSocketPath = sharing.SocketPath } : Admitted,
            Settings() with { Batches = place => new GatedBatches(place.Batches(), gate) });
        if (isSharing) sharing.Accept();
        else _server.Accept();
        Assert.IsType<ComputeReport.Connected>(await NextReport());
        gate.Close();
        if (isSharing) sharing.Post(Order(1, 2), _reference.Version());
        else _server.Send(Order(1, 2), _reference.Version());
        gate.AwaitCaller(Runs.Limit);

        if (isSharing) sharing.SayGoodbye(new Goodbye(RunEnding.Completed, "all is trained"));
        else
        {
            _server.Send(new Goodbye(RunEnding.Completed, "all is trained"));
            _server.CloseConnection();
        }
        await Task.Delay(3 * DataChannel.BeatInterval);   // beats find that nobody is there
        gate.Open();

        var report = await NextReport();
        if (report is ComputeReport.Working) report = await NextReport();
        Assert.Equal(new ComputeReport.Ended(RunEnding.Completed, "all is trained"), report);
    }

    [Fact]
    public async Task Closed_connection_is_lost()
    {
        await StartConnected();
        _server.CloseConnection();
        Assert.Contains("closed", Assert.IsType<ComputeReport.Lost>(await NextReport()).Reason);
    }

    [Fact]
    public async Task Frame_that_is_not_for_a_worker_loses_the_connection()
    {
        await StartConnected();
        _server.Send(new Beat(First));
        Assert.Equal(new ComputeReport.Lost("the server sent a Beat"), await NextReport());
        _server.AwaitClose();
    }

    [Fact]
    public async Task Version_of_another_length_loses_the_connection_before_anything_is_computed()
    {
        await StartConnected();
        _server.Send(Order(0), new float[7849]);
        Assert.Contains("not expected", Assert.IsType<ComputeReport.Lost>(await NextReport()).Reason);
    }

    [Fact]
    public async Task Gpu_that_libtorch_does_not_have_is_a_failure_in_one_line()
    {
        Start(settings: Settings() with { Device = new DeviceRequest(DeviceKind.Cuda, 99) });

        Assert.StartsWith("--device cuda:99: libtorch", Assert.IsType<ComputeReport.Failed>(await NextReport()).Reason);
    }

    [Fact]
    public async Task Order_that_cannot_be_carried_out_is_a_failure_in_one_line()
    {
        await StartConnected();
        _server.Send(Order(4), _reference.Version());   // of slots 0 to 3
        Assert.DoesNotContain('\n', Assert.IsType<ComputeReport.Failed>(await NextReport()).Reason);
        _server.AwaitClose();
    }

    [Fact]
    public async Task Disposed_session_closes_its_connection_and_reports_nothing_more()
    {
        await StartConnected();

        _session!.Dispose();

        _server.AwaitClose();
        Assert.False(_reports.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Nobody_at_the_data_port_is_lost_not_failed()
    {
        Start(Admitted with { DataPort = 1 });
        Assert.Contains("127.0.0.1:1", Assert.IsType<ComputeReport.Lost>(await NextReport()).Reason);
    }

    [Fact]
    public async Task Damaged_dataset_is_a_failure_that_names_the_file()
    {
        var folder = Directory.CreateTempSubdirectory("minibatch-test-").FullName;
        foreach (var file in DatasetCatalog.Mnist.Files)
            File.CreateSymbolicLink(Path.Combine(folder, file.Name), DatasetFiles.PathIn(Mnist.Value, file)!);
        var labels = Path.Combine(folder, DatasetCatalog.Mnist.TestLabels.Name);
        var content = File.ReadAllBytes(labels);
        content[^1] ^= 1;
        File.Delete(labels);
        File.WriteAllBytes(labels, content);

        Start(settings: Settings(folder));

        Assert.Contains($"{labels} is damaged", Assert.IsType<ComputeReport.Failed>(await NextReport()).Reason);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Missing_dataset_is_a_failure_that_names_the_folder()
    {
        Start(settings: Settings("/no/such/folder"));
        Assert.Contains("/no/such/folder", Assert.IsType<ComputeReport.Failed>(await NextReport()).Reason);
    }
}
