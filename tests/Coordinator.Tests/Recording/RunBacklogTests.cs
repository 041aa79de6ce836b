using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Coordinator.Tests.Exchange;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests.Recording;

/// <summary>What waits for a disk that takes nothing: in order, and not without end.</summary>
public sealed class RunBacklogTests
{
    private static readonly RunSpec Spec = Specs.Small();
    private static readonly IReadOnlyList<CommittedStep> Steps = new ImaginaryCluster(Spec, seed: 1, "a").Run().Ledger;

    private readonly RunBacklog _backlog = new() { EntriesMax = 4 };

    private static RunEntry Step(int number) => new RunEntry.Step(Steps[number % Steps.Count] with { Step = number });

    private static RunEntry Version(long version) => new RunEntry.Save(
        new ModelSnapshot(new ModelLayout([], [], []), version, [], [], new ExchangeCounters(0, 0, 0, 0)), new RunPosition(1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>"s3" for step 3, "v2" for version 2.</summary>
    private static string TextOf(RunEntry entry) => entry switch
    {
        RunEntry.Step step => $"s{step.Committed.Step}",
        RunEntry.Save save => $"v{save.Model.Version}",
        _ => throw new ArgumentException(entry.ToString()),
    };

    private IEnumerable<string> TakeAll()
    {
        while (_backlog.TryTake(out var entry)) yield return TextOf(entry);
    }

    [Fact]
    public void Of_versions_that_wait_the_newest_are_written_each_at_its_place()
    {
        for (var i = 1; i <= 4; i++)
        {
            _backlog.Add(Step(i));
            _backlog.Add(Version(i));
        }
        Assert.Equal(["s1", "s2", "s3", "v3", "s4", "v4"], TakeAll());
    }

    [Fact]
    public void Version_that_is_being_written_makes_no_other_be_left_out()
    {
        _backlog.Add(Version(1));
        Assert.True(_backlog.TryTake(out _));
        _backlog.Add(Version(2));
        _backlog.Add(Version(3));
        Assert.Equal(["v2", "v3"], TakeAll());
    }

    [Fact]
    public void Model_of_a_version_that_is_left_out_is_not_kept()
    {
        var leftOut = AddAndForget();
        _backlog.Add(Version(2));
        _backlog.Add(Version(3));
        GC.Collect();
        Assert.False(leftOut.TryGetTarget(out _));
        Assert.Equal(["v2", "v3"], TakeAll());

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        WeakReference<RunEntry> AddAndForget()
        {
            var version = Version(1);
            _backlog.Add(version);
            return new WeakReference<RunEntry>(version);
        }
    }

    [Fact]
    public void Once_full_it_is_full_until_half_of_it_is_written()
    {
        for (var i = 1; i <= 4; i++)
        {
            Assert.False(_backlog.IsFull);
            _backlog.Add(Step(i));
        }
        Assert.True(_backlog.IsFull);
        _backlog.TryTake(out _);
        Assert.True(_backlog.IsFull);
        _backlog.TryTake(out _);
        Assert.False(_backlog.IsFull);
        _backlog.Add(Step(5));
        Assert.False(_backlog.IsFull);
    }

    [Fact]
    public void Closed_it_takes_nothing_and_gives_what_it_has()
    {
        _backlog.Add(Step(1));
        _backlog.Close();
        _backlog.Add(Step(2));
        Assert.Equal(["s1"], TakeAll());
    }

    [Fact]
    public async Task One_adds_while_another_takes_and_nothing_but_old_versions_is_missing()
    {
        const int Count = 20_000;
        var adding = Task.Run(() =>
        {
            for (var i = 1; i <= Count; i++)
            {
                _backlog.Add(Step(i));
                if (i % 10 == 0) _backlog.Add(Version(i));
            }
        });
        var (steps, version) = (0L, 0L);
        while (steps < Count || version < Count)
        {
            if (!_backlog.TryTake(out var entry)) continue;
            if (entry is RunEntry.Step step) Assert.Equal(++steps, step.Committed.Step);
            else Assert.Equal(steps, version = ((RunEntry.Save)entry).Model.Version);
        }
        await adding;
        Assert.Empty(TakeAll());
    }

    [Fact]
    public async Task Training_waits_for_a_disk_that_hangs_and_goes_on_to_the_same_bits()
    {
        var spec = Specs.Small(epochs: 1) with { TrainCount = 12 * 400 };
        var disk = new HungDisk();
        using var bench = new Bench(spec, disk: disk, backlogMax: 4);
        try
        {
            using var worker = await bench.Connect("a");
            bench.Deal(worker);
            _ = worker.Work();
            await bench.Initialise();
            var held = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            using var watch = bench.Watch.Watch(view =>
            {
                if (view.Exchange is { IsHeld: true } exchange) held.TrySetResult(exchange.Version);
            });
            disk.Hang();
            bench.Train(1);

            // Full at four; what comes before the exchange looks at the disk again is trained as well.
            Assert.InRange(await held.Task.WaitAsync(Bench.Limit), 3, spec.StepsPerEpoch / 2);

            disk.GoOn();
            await bench.Until<ExchangeReport.EpochTrained>();
            Assert.Equal(new ImaginaryCluster(spec, seed: 1, "a").Run().ParametersSha256, await bench.ParametersSha256());
            Assert.Equal(spec.StepsPerEpoch, (await bench.Ledger()).Count);
        }
        finally
        {
            disk.GoOn();
        }
    }
}
