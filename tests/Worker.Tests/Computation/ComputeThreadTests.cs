using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Computation;

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

    private ComputeSession Session(bool slowDisk = false) => new(
        new WorkerAdmitted(Self, new Incarnation(1), JsonSerializer.Serialize(_spec, Json.Compact), _server.Port, ""),
        new ComputeSettings(Self, "127.0.0.1", FakeServer.Secret, null, DeviceRequest.Cpu)
        {
            LoadSamples = spec =>
            {
                _loadedOn.Enqueue(Environment.CurrentManagedThreadId);
                if (slowDisk) _disk.Wait();
                return Runs.Data(spec).Samples;
            },
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

        Assert.Equal(_undisturbed, Assert.IsType<ComputeReport.Connected>(await Next()).Arithmetic);
        Assert.Single(_loadedOn.Distinct());
        Assert.False(_reports.Reader.TryRead(out _));   // nobody hears of the first any more
    }

    [Fact]
    public async Task Session_after_one_in_the_middle_of_a_dropout_computes_its_slots_as_the_seed_says()
    {
        var first = _thread.Start(Session());
        _server.Accept();
        await Next();
        // As many slots as it takes to be in one whenever it is cut off.
        for (var i = 0; i < 50; i++) _server.Send(Order(0, 1, 2, 3), i == 0 ? _version : null);
        _server.Next();
        first.Dispose();
        _server.CloseConnection();

        using var second = _thread.Start(Session());
        _server.Accept();
        Assert.Equal(_undisturbed, Assert.IsType<ComputeReport.Connected>(await Next<ComputeReport.Connected>()).Arithmetic);
        _server.Send(Order(1), _version);

        AssertFloats.SameBits(_gradient, _server.Next().Payload);
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

    private async Task<ComputeReport> Next<T>()
    {
        while (true)
        {
            if (await Next() is T report) return (ComputeReport)(object)report;
        }
    }

    private static async Task Until(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(Runs.Limit);
        while (!holds()) await Task.Delay(5, limit.Token);
    }
}
