using System.Globalization;
using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>What <c>explain</c> tells is what a run does.</summary>
[Collection(OneAtATime.Name)]
public sealed class ExplainTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    public static TheoryData<string, string, int> Told
    {
        get
        {
            // Runs that other tests look at too.
            var told = new TheoryData<string, string, int>();
            foreach (var (job, workers) in new[] { (Job.HoursPoints, 3), (Job.Softmax("--optimizer adam"), 2), (Job.Mlp, 1), (Job.ShortCnn("momentum", "--clip-norm 1"), 2) })
                told.Add(job.Workload, job.Flags, workers);
            return told;
        }
    }

    [Theory]
    [MemberData(nameof(Told))]
    public void Steps_have_the_losses_of_a_real_runs_ledger(string workload, string flags, int workers)
    {
        var job = new Job(workload, flags);
        var run = data.Undisturbed(job, workers, output);
        var explain = _cluster.Start("explain", BuiltPrograms.Launcher, ["explain", .. job.Arguments, "--steps", "2"]);
        _cluster.Expect(explain, 0);

        Assert.Equal("", explain.Error);
        Assert.All(run.Steps.Take(2), step => Assert.Contains(
            $"loss of the same batch: {step.Loss.ToString("G7", CultureInfo.InvariantCulture)} before, ", explain.Output));
    }

    [Theory]
    [InlineData("leave it out", "hours-points", "--mode", "async")]
    [InlineData("the run has 1001; take fewer", "hours-points", "--steps", "1002")]
    [InlineData("unknown workload 'hours'", "hours")]
    public void Command_that_makes_no_sense_ends_with_one_line(string says, params string[] arguments)
    {
        var explain = _cluster.Start("explain", BuiltPrograms.Launcher, ["explain", .. arguments]);

        _cluster.Expect(explain, 2);
        OneLine.Of(explain, says);
    }

    [Fact]
    public void Workloads_are_listed_with_their_parameter_counts()
    {
        var list = _cluster.Start("workloads", BuiltPrograms.Launcher, ["workloads"]);
        _cluster.Expect(list, 0);
        Assert.Matches(@"mnist-mlp .* 39,800 ", list.Output);
        Assert.All(list.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 120));

        var layers = _cluster.Start("layers", BuiltPrograms.Launcher, ["workloads", "mnist-mlp", "--layers"]);
        _cluster.Expect(layers, 0);
        Assert.Matches(@"fc1 +Linear +\[B, 50\] +39,200 ", layers.Output);
        Assert.Matches(@"in all +39,800", layers.Output);
    }
}
