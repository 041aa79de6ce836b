using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Runs;
using Xunit.Abstractions;

namespace MiniBatch.Processes.Harness;

/// <summary>
/// What all tests share: the real datasets, found or fetched once, and undisturbed runs, each made once, to compare with.
/// </summary>
public sealed class RealData : IDisposable
{
    private readonly Dictionary<(int, Job), RunDirectory> _killed = [];
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("minibatch-left-");
    private readonly Dictionary<(Job, int), FinishedRun> _runs = [];

    public RealData()
    {
        var mnist = DatasetLocator.FindOrFetch(DatasetCatalog.Mnist, null, Console.Error.WriteLine);
        var fashion = DatasetLocator.FindOrFetch(DatasetCatalog.FashionMnist, null, Console.Error.WriteLine);
        Root = Path.GetDirectoryName(Path.GetFullPath(mnist))!;
        Assert.Equal(Root, Path.GetDirectoryName(Path.GetFullPath(fashion)));
    }

    /// <summary>Has a folder for each dataset.</summary>
    public string Root { get; }

    /// <summary>The folder of MNIST's four files.</summary>
    public string Mnist => Path.Combine(Root, DatasetCatalog.Mnist.Name);

    /// <summary>The run of a job by so many workers, with nothing going wrong: to look at, not to change.</summary>
    internal FinishedRun Undisturbed(Job job, int workers, ITestOutputHelper testOutput)
    {
        if (_runs.TryGetValue((job, workers), out var run)) return run;
        using var cluster = new TestCluster(this, testOutput) { ExitLimit = TimeSpan.FromMinutes(5) };
        cluster.Start(job, workers);
        cluster.WaitForSuccess();
        var left = new RunDirectory(Path.Combine(_home.FullName, $"undisturbed-{_runs.Count}"));
        Directory.Move(cluster.Directory.Root, left.Root);
        Directory.Delete(left.Checkpoints, recursive: true);   // large, and for runs that go on
        return _runs[(job, workers)] = new FinishedRun(left);
    }

    /// <summary>What a run left whose coordinator was killed at a step, or a little later: to copy, not to use.</summary>
    internal RunDirectory KilledAt(int step, Job job, ITestOutputHelper testOutput)
    {
        if (_killed.TryGetValue((step, job), out var left)) return left;
        using var cluster = new TestCluster(this, testOutput);
        cluster.Start(job, workers: 1);
        cluster.WaitForSteps(step);
        cluster.Coordinator.Send(Signal.Kill);
        cluster.Expect(cluster.Coordinator, 137);
        left = new RunDirectory(Path.Combine(_home.FullName, $"{_killed.Count}"));
        LeftBehind.Copy(cluster.Directory, left);
        return _killed[(step, job)] = left;
    }

    public void Dispose() => _home.Delete(recursive: true);
}

/// <summary>One test at a time: they share two cores, and a machine that is loaded makes faults of its own.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OneAtATime : ICollectionFixture<RealData>
{
    public const string Name = "processes";
}
