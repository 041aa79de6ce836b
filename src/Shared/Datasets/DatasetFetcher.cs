using MiniBatch.Shared.Datasets.Sources;

namespace MiniBatch.Shared.Datasets;

/// <summary>
/// Brings a dataset into the cache from the first source that delivers it. A fetch works in a folder of its own next
/// to the final one, checks every file, and only then renames: what has the dataset's name in the cache is whole,
/// whoever else fetches at the same time and whenever a fetch is killed.
/// </summary>
public static class DatasetFetcher
{
    private const string WorkPrefix = ".fetch-";

    /// <summary>A folder of a fetch that was killed is removed by the first fetch this much later.</summary>
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromDays(1);

    /// <summary>Fetches into the user's cache from the dataset's usual sources; returns the folder.</summary>
    /// <param name="description">Which dataset.</param>
    /// <param name="say">Gets a line a source tried, and why it failed.</param>
    /// <param name="cancellation">Ends it between or within sources.</param>
    /// <exception cref="DatasetException">No source delivered; the message names each with its reason.</exception>
    public static string Fetch(DatasetDescription description, Action<string> say, CancellationToken cancellation) =>
        Fetch(description, DatasetSources.Of(description), DatasetCache.OfUser(), say, cancellation);

    /// <summary>As above, from given sources into a given cache.</summary>
    /// <exception cref="DatasetException">As above.</exception>
    public static string Fetch(
        DatasetDescription description,
        IReadOnlyList<IDatasetSource> sources,
        DatasetCache cache,
        Action<string> say,
        CancellationToken cancellation)
    {
        var work = CreateWorkFolder(cache);
        try
        {
            FetchFromFirst(description, sources, work, say, cancellation);
            return Publish(description, work, cache.DirectoryOf(description));
        }
        finally
        {
            DeleteQuietly(work);
        }
    }

    private static void FetchFromFirst(
        DatasetDescription description,
        IReadOnlyList<IDatasetSource> sources,
        string work,
        Action<string> say,
        CancellationToken cancellation)
    {
        var failures = new List<string>();
        foreach (var source in sources)
        {
            cancellation.ThrowIfCancellationRequested();
            say($"fetching {description.Title} from {source.Name}");
            try
            {
                source.Fetch(description, work, cancellation);
                foreach (var file in description.Files)
                    DatasetFiles.ReadVerified(work, file);
                return;
            }
            catch (DatasetException e)
            {
                failures.Add($"{source.Name}: {e.Message}");
                say($"not from {source.Name}: {e.Message}");
            }
        }

        throw new DatasetException(
            $"{description.Title} could not be fetched ({string.Join("; ", failures)}): "
            + $"bring its four IDX files here by other means and name their folder with --data or {DatasetLocator.Variable}.");
    }

    private static string Publish(DatasetDescription description, string work, string final)
    {
        // More than once, since a damaged folder may be in the way, and somebody else may be faster to replace it.
        const int AttemptsMax = 3;
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            try
            {
                Directory.Move(work, final);
                return final;
            }
            catch (IOException) when (Directory.Exists(final))
            {
                if (IsWhole(description, final))
                    return final;
                MoveAside(final);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new DatasetException($"{final} cannot be made: {e.Message}", e);
            }
        }

        throw new DatasetException($"{final} is damaged and cannot be replaced: delete it and try again.");
    }

    private static bool IsWhole(DatasetDescription description, string directory)
    {
        try
        {
            foreach (var file in description.Files)
                DatasetFiles.ReadVerified(directory, file);
            return true;
        }
        catch (DatasetException)
        {
            return false;
        }
    }

    private static string CreateWorkFolder(DatasetCache cache)
    {
        try
        {
            Directory.CreateDirectory(cache.Root);
            foreach (var old in new DirectoryInfo(cache.Root).EnumerateDirectories(WorkPrefix + "*"))
            {
                // Of a file nothing but the time of day is known. Where that was set meanwhile, a folder goes too early, or too late.
                if (DateTime.UtcNow - old.LastWriteTimeUtc > AbandonedAfter)
                    DeleteQuietly(old.FullName);
            }

            return Directory.CreateDirectory(Path.Combine(cache.Root, WorkPrefix + Guid.NewGuid().ToString("n"))).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(
                $"{cache.Root} cannot be written ({e.Message}): set XDG_CACHE_HOME to a folder that can, or use --data.", e);
        }
    }

    // Two fetches that replace the same damaged folder may move aside one another's whole one; both then put theirs
    // there, and only a reader of that very moment finds the name missing.
    private static void MoveAside(string directory)
    {
        var aside = Path.Combine(Path.GetDirectoryName(directory)!, WorkPrefix + Guid.NewGuid().ToString("n"));
        try
        {
            Directory.Move(directory, aside);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return; // Another fetch was faster; what is there now is looked at again.
        }

        DeleteQuietly(aside);
    }

    private static void DeleteQuietly(string directory)
    {
        try
        {
            if (Directory.Exists(directory))
                Directory.Delete(directory, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Left for a later fetch: see AbandonedAfter.
        }
    }
}
