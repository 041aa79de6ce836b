using System.Collections.Concurrent;
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
    private readonly Dictionary<Job, RunDirectory> _trained = [];
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("minibatch-left-");
    private readonly ConcurrentDictionary<(Job, int), FinishedRun> _runs = [];

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

    /// <summary>The run of a job by so many workers, with nothing going wrong.</summary>
    internal FinishedRun Undisturbed(Job job, int workers, ITestOutputHelper testOutput) => _runs.GetOrAdd((job, workers), _ =>
    {
        using var cluster = new TestCluster(this, testOutput);
        cluster.Start(job, workers);
        return cluster.WaitForSuccess();
    });

    /// <summary>What an undisturbed run of a job by one worker left: to look at, not to change.</summary>
    internal RunDirectory Trained(Job job, ITestOutputHelper testOutput)
    {
        if (_trained.TryGetValue(job, out var left)) return left;
        using var cluster = new TestCluster(this, testOutput);
        cluster.Start(job, workers: 1);
        cluster.WaitForSuccess();
        left = new RunDirectory(Path.Combine(_home.FullName, $"trained-{_trained.Count}"));
        LeftBehind.Copy(cluster.Directory, left);
        return _trained[job] = left;
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
