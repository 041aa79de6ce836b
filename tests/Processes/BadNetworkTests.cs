using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>Workers at the far end of a network that is late, loses packets, carries little, loses one way, and knows the coordinator by another address than its own.</summary>
[Collection(OneAtATime.Name)]
[Trait("Group", "Long")]
public sealed class BadNetworkTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private readonly TestCluster _cluster = new(data, output);
    private Wire? _wire;

    public void Dispose()
    {
        _cluster.Dispose();
        _wire?.Dispose();
    }

    public static TheoryData<int, double, long> Networks => new()
    {
        { 0, 0, 0 },            // another address inside than outside, as containers have, and nothing else
        { 25, 0, 0 },           // two cities
        { 5, 0.02, 0 },         // a bad radio link
        { 1, 0, 10_000_000 },   // an old switch
        { 10, 0.01, 20_000_000 },
    };

    [SkippableTheory]
    [MemberData(nameof(Networks))]
    public void Hashes_do_not_depend_on_the_network(int delayMs, double loss, long bitsPerSecond)
    {
        var job = Job.Softmax();
        var wire = Lay(new NetworkQuality(TimeSpan.FromMilliseconds(delayMs), loss, bitsPerSecond));
        _cluster.StartBy = wire.Near;
        _cluster.StartCoordinator(job, 2, "--host", "0.0.0.0", "--public-host", Wire.NearName);
        _cluster.StartBy = wire.Far;
        _cluster.StartWorker("worker-1");
        _cluster.StartWorker("worker-2");
        var run = _cluster.WaitForSuccess();

        Assert.Equal(data.Undisturbed(job, workers: 1, output).Hashes, run.Hashes);
        // Each step's version and gradients went this way, in packets of 1,500 bytes.
        Assert.True(wire.ToFar!.Carried > 20 * run.Steps.Count && wire.ToNear!.Carried > 20 * run.Steps.Count);
        if (loss > 0) Assert.True(wire.ToFar.Lost > 0 && wire.ToNear.Lost > 0);
        Assert.All(run.Steps, step => Assert.True(step.Milliseconds >= 2 * delayMs));
    }

    /// <summary>What one end says is heard, what the other says is not: neither way round may the run wait, or apply anything twice.</summary>
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Worker_that_is_heard_or_hears_but_not_both_is_worked_around_until_the_network_heals(bool isHeard)
    {
        var job = Job.Long();
        var wire = Lay(default);
        _cluster.StartBy = wire.Near;
        _cluster.StartCoordinator(job, 2, "--host", "0.0.0.0", "--public-host", Wire.NearName);
        var near = _cluster.StartWorker("worker-near");
        _cluster.StartBy = wire.Far;
        _cluster.StartWorker("worker-far");
        _cluster.WaitForSteps(100);

        var way = (isHeard ? wire.ToFar : wire.ToNear)!;
        way.IsCut = true;
        int before, during;
        // Slowed, or the rest of the run would be done before the network heals.
        using (new SlowedProcess(near))
        {
            before = _cluster.StepsNow + 1;   // a step may have had its gradients
            _cluster.WaitForSteps(before + 20);
            during = _cluster.StepsNow;
            way.IsCut = false;
            _cluster.WaitUntil("a slot of worker-far", () => File.ReadLines(_cluster.Directory.Ledger).Skip(during).Any(line => line.Contains("worker-far", StringComparison.Ordinal)));
        }
        var run = _cluster.WaitForSuccess();

        var undisturbed = data.Undisturbed(job, workers: 1, output);
        Assert.Equal(undisturbed.Hashes, run.Hashes);
        Assert.Equal(undisturbed.Steps.Select(step => step.Computed), run.Steps.Select(step => step.Computed));
        Assert.All(run.Steps.Skip(before).Take(during - before), step => Assert.All(step.Slots, slot => Assert.Equal("worker-near", slot.Worker)));
        // As late, which is soon; or, where the network heals no sooner, as silent.
        Assert.True(run.Summary.Faults.Seen + run.Summary.Faults.SlotsBackedUp >= 1);
    }

    private Wire Lay(NetworkQuality quality)
    {
        _wire = Wire.LayBad(_cluster.Home, quality, out var problem);
        Skip.If(_wire is null, problem);
        return _wire!;
    }
}
