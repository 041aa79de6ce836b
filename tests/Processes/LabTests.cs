using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>Labs that theory decides: what they predict comes true, and they would say so if it did not.</summary>
[Collection(OneAtATime.Name)]
[Trait("Group", "Course")]
public sealed class LabTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [Theory]
    [InlineData("learning-rate", 5)]
    [InlineData("kill", 1)]
    [InlineData("optimizers", 2)]
    public void Lab_measures_what_it_predicted(string lab, int predictions)
    {
        var process = _cluster.Start("lab", BuiltPrograms.Launcher, ["lab", lab]);
        _cluster.Expect(process, 0);
        Assert.DoesNotContain("NOT as predicted", process.Output, StringComparison.Ordinal);
        Assert.Equal(predictions, process.Output.Split("as predicted").Length - 1);
    }
}
