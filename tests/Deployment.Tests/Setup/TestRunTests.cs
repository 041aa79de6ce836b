namespace MiniBatch.Deployment.Tests.Setup;

/// <summary>Which projects <c>./cluster test</c> runs.</summary>
public sealed class TestRunTests : IDisposable
{
    private readonly Checkout _checkout = new();

    public void Dispose() => _checkout.Dispose();

    [Fact]
    public void Every_project_under_tests_is_run_but_those_that_say_that_they_are_none()
    {
        Put("A", "<Project />");
        Put("B/Inner", "<Project><PropertyGroup><IsTestProject>true</IsTestProject></PropertyGroup></Project>");
        Put("Benchmarks", "<Project><PropertyGroup><IsTestProject>false</IsTestProject></PropertyGroup></Project>");

        var said = _checkout.Run("test");

        Assert.Equal(1, said.ExitCode);   // none of them is a real one
        Assert.Equal(["A", "Inner"], said.Output.Split('\n').Where(line => line.Contains(" passed, 1 failed, ", StringComparison.Ordinal)).Select(line => line.Split(':')[0]).Order());
        Assert.EndsWith("\n0 passed, 2 failed\n", said.Output);
    }

    [Fact]
    public void The_benchmarks_say_that_they_are_no_test_project() =>
        Assert.Contains("<IsTestProject>false<", Repository.Read("tests/Benchmarks/MiniBatch.Benchmarks.csproj"));

    private void Put(string folder, string project)
    {
        var path = _checkout.PathOf($"tests/{folder}/{Path.GetFileName(folder)}.csproj");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, project);
    }
}
