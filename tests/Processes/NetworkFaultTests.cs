using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>A worker at the far end of a wire that is cut and mended: the run goes on without it, and then with it.</summary>
[Collection(OneAtATime.Name)]
public sealed class NetworkFaultTests : IDisposable
{
    private readonly RealData _data;
    private readonly ITestOutputHelper _output;
    private readonly TestCluster _cluster;
    private readonly Wire? _wire;
    private readonly string _problem;

    public NetworkFaultTests(RealData data, ITestOutputHelper output)
    {
        (_data, _output) = (data, output);
        _cluster = new TestCluster(data, output);
        _wire = Wire.Lay(_cluster.Home, out _problem);
    }

    public void Dispose()
    {
        _cluster.Dispose();
        _wire?.Dispose();
    }

    /// <summary>
    /// Cut until the coordinator goes on without it, and until both ends have given up the other as a member: two different ways
    /// back, over the same connection and with a new actor system.
    /// </summary>
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Group", "Long")]
    public void Worker_behind_a_cut_wire_loses_its_slots_and_takes_part_again_when_it_is_mended(bool untilItIsRemoved)
    {
        Skip.If(_wire is null, _problem);
        var job = Job.Long();
        _cluster.StartBy = _wire.Near;
        var coordinator = _cluster.StartCoordinator(job, 2, "--host", Wire.NearAddress);
        var near = _cluster.StartWorker("worker-near");
        _cluster.StartBy = _wire.Far;
        var far = _cluster.StartWorker("worker-far");
        _cluster.WaitForSteps(100);

        _wire.Cut();
        int before, during;
        // Slowed, or the rest of the run would be done before the wire is mended.
        using (new SlowedProcess(near))
        {
            _cluster.WaitForText(coordinator, "worker-far has been silent");
            before = _cluster.StepsNow;
            _cluster.WaitForSteps(before + 20);
            if (untilItIsRemoved) _cluster.WaitForText(far, "joining anew");
            during = _cluster.StepsNow;
            _wire.Mend();
            _cluster.WaitForWorkers(2);
        }
        var run = _cluster.WaitForSuccess();

        var undisturbed = _data.Undisturbed(job, workers: 1, _output);
        Assert.Equal(undisturbed.Hashes, run.Hashes);
        Assert.Equal(undisturbed.Steps.Select(step => step.Computed), run.Steps.Select(step => step.Computed));
        Assert.All(run.Steps.Skip(before).Take(during - before), step => Assert.All(step.Slots, slot => Assert.Equal("worker-near", slot.Worker)));
        Assert.Contains(run.Steps.Skip(during), step => step.Slots.Any(slot => slot.Worker == "worker-far"));
        Assert.True(run.Summary.Faults.Seen >= 1);
        // One that was late before it was found silent holds no slot any more.
        Assert.True(run.Summary.Faults.SlotsReassigned + run.Summary.Faults.SlotsBackedUp >= 1);
    }
}
