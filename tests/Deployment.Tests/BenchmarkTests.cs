namespace MiniBatch.Deployment.Tests;

/// <summary>The benchmarks are in no solution, so that a set-up fetches nothing for them: here they are built.</summary>
public sealed class BenchmarkTests
{
    [Fact]
    [Trait("Group", "Long")]
    public void Every_benchmark_is_built_and_listed()
    {
        var (exitCode, listed, error) = Tool.Run(Repository.PathOf("tests/Benchmarks"), "dotnet", "run", "-c", "Release", "--", "--list", "flat");
        Assert.True(exitCode == 0, listed + error);
        Assert.Contains("AverageBenchmarks", listed);
    }
}
