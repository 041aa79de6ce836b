using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Computation;
using MiniBatch.Worker.Monitoring;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Tests.Computation;

/// <summary>
/// A worker that joins anew while its session before is still busy: with a disk that does not answer, or in the middle of a slot
/// with a dropout. Two threads in torch would then draw from one generator, and neither would compute what the seed says.
/// </summary>
public sealed class ComputeThreadTests : IDisposable
{
    private static readonly WorkerId Self = new("worker-1", 7);

    private readonly RunSpec _spec = Runs.Spec("mnist-mlp");
    private readonly FakeServer _server = new();
    private readonly Channel<ComputeReport> _reports = Channel.CreateUnbounded<ComputeReport>();
    private readonly ManualResetEventSlim _disk = new();
    private readonly ConcurrentQueue<int> _loadedOn = new();
    private readonly Arithmetic _undisturbed;
    private readonly float[] _version;
    private readonly float[] _gradient;
    private ComputeThread _thread = new();

    public ComputeThreadTests()
    {
        using var reference = Runs.Computer(_spec);
        _undisturbed = new Arithmetic(reference.InitialSha256(), reference.ProbeSha256());
        _version = reference.Version();
        _gradient = reference.Gradient(2, 3, 1);
    }

    public void Dispose()
    {
        _disk.Set();
        _thread.Dispose();
        _server.Dispose();
    }

    private async Task Connect()
    {
        _server.Accept();
        Assert.Equal(_undisturbed, Assert.IsType<ComputeReport.Connected>(await Next()).Arithmetic);
    }

    private ComputeSession Session(Gate? gate = null, bool slowDisk = false) => new(
        new WorkerAdmitted(Self, new Incarnation(1), JsonSerializer.Serialize(_spec, Json.Compact), _server.Port, ""),
        new ComputeSettings(Self, "127.0.0.1", FakeServer.Secret, null, DeviceRequest.Cpu)
        {
            Monitor = new WorkerMonitor(Self.Name),
            LoadSamples = spec =>
            {
                _loadedOn.Enqueue(Environment.CurrentManagedThreadId);
                if (slowDisk) _disk.Wait();
                return Runs.Data(spec).Samples;
            },
            Batches = place => new GatedBatches(place.Batches(), gate),
        },
        report => _reports.Writer.TryWrite(report));

    [Fact]
    public async Task Session_after_one_that_hangs_in_its_disk_waits_for_it_and_has_the_seeds_model()
    {
        var first = _thread.Start(Session(slowDisk: true));
        await Until(() => !_loadedOn.IsEmpty);
        first.Dispose();

        using var second = _thread.Start(Session());
        Assert.Single(_loadedOn);   // the first holds the only thread there is
        _disk.Set();
        await Connect();

        Assert.Single(_loadedOn.Distinct());
        Assert.False(_reports.Reader.TryRead(out _));   // nobody hears of the first any more
    }

    [Fact]
    public async Task Session_after_one_that_is_about_to_draw_a_dropout_computes_its_slot_as_the_seed_says()
    {
        using var firstGate = new Gate();
        using var secondGate = new Gate();
        var first = _thread.Start(Session(firstGate));
        await Connect();
        firstGate.Close();
        _server.Send(Order(0), _version);
        firstGate.AwaitCaller(Runs.Limit);   // it has set the generator for its slot, and not drawn yet
        first.Dispose();

        using var second = _thread.Start(Session(secondGate));
        // Were there two threads, the second would come this far beside the first, and the first would draw in its slot.
        var beside = _server.HasCaller(TimeSpan.FromSeconds(2));
        if (beside) await OrderFromSecond();
        firstGate.Open();
        if (!beside) await OrderFromSecond();
        firstGate.AwaitEnd(Runs.Limit);
        secondGate.Open();

        AssertFloats.SameBits(_gradient, _server.Next().Payload);

        async Task OrderFromSecond()
        {
            await Connect();
            secondGate.Close();
            _server.Send(Order(1), _version);
            secondGate.AwaitCaller(Runs.Limit);
        }
    }

    [Fact]
    public async Task Process_that_can_not_get_rid_of_a_session_says_that_only_a_new_one_helps()
    {
        _thread.Dispose();
        _thread = new ComputeThread(endLimit: TimeSpan.FromMilliseconds(100));
        var first = _thread.Start(Session(slowDisk: true));
        await Until(() => !_loadedOn.IsEmpty);
        first.Dispose();

        using var second = _thread.Start(Session());

        Assert.Contains("only a new process helps", Assert.IsType<ComputeReport.Failed>(await Next()).Reason);
        _disk.Set();
        Assert.Single(_loadedOn);
    }

    [Fact]
    public void Two_versions_0_of_one_seed_are_an_error_and_never_published()
    {
        Assert.Equal("a", Arithmetic.OfInitialisations("a", "a"));
        Assert.Contains("two versions 0 (a and b)", Assert.Throws<UserErrorException>(() => Arithmetic.OfInitialisations("a", "b")).Message);
    }

    private static StepOrder Order(params int[] slots) =>
        new(new Incarnation(1), new Generation(1), Epoch: 2, StepInEpoch: 3, Step: 14, Version: 13, new ItemList(slots));

    private async Task<ComputeReport> Next() => await _reports.Reader.ReadAsync().AsTask().WaitAsync(Runs.Limit);

    private static async Task Until(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(Runs.Limit);
        while (!holds()) await Task.Delay(5, limit.Token);
    }
}
