using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Datasets.Sources;

namespace MiniBatch.Shared.Tests.Datasets;

public sealed class DatasetFetcherTests : IDisposable
{
    private static readonly DatasetDescription Tiny = TinyDataset.Description;

    private readonly TemporaryFolder _folder = new();

    private DatasetCache Cache => new(_folder.File("cache"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Fetch_takes_the_first_source_that_delivers_the_right_bytes()
    {
        var said = new List<string>();
        var directory = Fetch(said.Add, Unreachable, Damaging, Good, Forbidden);

        Assert.Equal(Cache.DirectoryOf(Tiny), directory);
        Assert.Equal(20, ImageDataset.Load(Tiny, directory).Test.Count);
        Assert.Contains(said, line => line.Contains("no route"));
        Assert.Contains(said, line => line.Contains("damaged"));
    }

    [Fact]
    public void Fetch_leaves_nothing_but_the_dataset_in_the_cache()
    {
        Fetch(_ => { }, Damaging, Good);

        Assert.Equal(["tiny"], Directory.EnumerateFileSystemEntries(Cache.Root).Select(Path.GetFileName));
        Assert.Equal(4, Directory.EnumerateFileSystemEntries(Cache.DirectoryOf(Tiny)).Count());
    }

    [Fact]
    public void Fetch_without_a_source_that_delivers_says_every_way_tried_and_leaves_nothing()
    {
        var message = Assert.Throws<DatasetException>(() => Fetch(_ => { }, Unreachable, Damaging)).Message;

        Assert.All(["unreachable: no route", "damaging: ", "--data"], words => Assert.Contains(words, message));
        Assert.DoesNotContain('\n', message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Cache.Root));
    }

    [Fact]
    public void Fetch_replaces_a_damaged_dataset()
    {
        Directory.CreateDirectory(Cache.DirectoryOf(Tiny));
        File.WriteAllText(Path.Combine(Cache.DirectoryOf(Tiny), Tiny.TrainImages.Name), "half");

        Assert.Equal(20, ImageDataset.Load(Tiny, Fetch(_ => { }, Good)).Test.Count);
    }

    [Fact]
    public void Concurrent_fetches_all_end_with_the_one_whole_dataset()
    {
        const int Fetchers = 4;
        using var together = new Barrier(Fetchers);
        var source = new FakeSource("together", directory =>
        {
            TinyDataset.Put(directory);
            together.SignalAndWait();
        });
        var fetches = Enumerable.Range(0, Fetchers)
            .Select(_ => Task.Factory.StartNew(() => Fetch(_ => { }, source), TaskCreationOptions.LongRunning)).ToArray();
        Task.WaitAll(fetches);

        Assert.All(fetches, fetch => Assert.Equal(Cache.DirectoryOf(Tiny), fetch.Result));
        Assert.Equal(30, ImageDataset.Load(Tiny, fetches[0].Result).Train.Count);
        Assert.Single(Directory.EnumerateFileSystemEntries(Cache.Root));
    }

    [Fact]
    public void Fetch_that_is_overtaken_takes_the_dataset_of_the_faster_one()
    {
        var overtaken = new FakeSource("overtaken", directory =>
        {
            TinyDataset.Put(directory);
            File.WriteAllText(Path.Combine(Fetch(_ => { }, Good), "mark"), "of the faster one");
        });

        Assert.True(File.Exists(Path.Combine(Fetch(_ => { }, overtaken), "mark")));
        Assert.Single(Directory.EnumerateFileSystemEntries(Cache.Root));
    }

    [Fact]
    public void Cancelled_fetch_stops_and_leaves_nothing()
    {
        using var cancellation = new CancellationTokenSource();
        var cancelling = new FakeSource("cancelling", _ =>
        {
            cancellation.Cancel();
            throw new DatasetException("broken off");
        });

        Assert.Throws<OperationCanceledException>(
            () => DatasetFetcher.Fetch(Tiny, [cancelling, Forbidden], Cache, _ => { }, cancellation.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Cache.Root));
    }

    [Fact]
    public void Cache_that_cannot_be_written_is_refused_by_name()
    {
        File.WriteAllText(_folder.File("cache"), "a file where the folder should be");

        Assert.Contains(Cache.Root, Assert.Throws<DatasetException>(() => Fetch(_ => { }, Good)).Message);
    }

    [Fact]
    public void Every_dataset_has_a_source_besides_the_web()
    {
        Assert.All(DatasetCatalog.All, description => Assert.Contains(DatasetSources.Of(description), source => source is HttpMirror));
        Assert.All(DatasetCatalog.All, description => Assert.Contains(DatasetSources.Of(description), source => source is not HttpMirror));
    }

    private static FakeSource Unreachable => new("unreachable", _ => throw new DatasetException("no route"));

    private static FakeSource Forbidden => new("forbidden", _ => throw new InvalidOperationException("must not be asked"));

    private static FakeSource Good => new("good", directory => TinyDataset.Put(directory));

    private static FakeSource Damaging => new("damaging", directory =>
        TinyDataset.Flip(Path.Combine(TinyDataset.Put(directory), Tiny.TestLabels.Name)));

    private string Fetch(Action<string> say, params IDatasetSource[] sources) =>
        DatasetFetcher.Fetch(Tiny, sources, Cache, say, CancellationToken.None);

    private sealed class FakeSource(string name, Action<string> fetch) : IDatasetSource
    {
        public string Name => name;

        public void Fetch(DatasetDescription description, string directory, CancellationToken cancellation) => fetch(directory);
    }
}
