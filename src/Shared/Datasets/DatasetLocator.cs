namespace MiniBatch.Shared.Datasets;

/// <summary>Finds the folder that has a dataset's files.</summary>
public static class DatasetLocator
{
    /// <summary>The flag by which people name a folder.</summary>
    public const string Flag = "--data";

    /// <summary>The environment variable that stands for <c>--data</c> where the flag is not given.</summary>
    public const string Variable = "MINIBATCH_DATA";

    /// <summary>
    /// The folder with all four files: the one that the user named, which then must have them (no silent fallback to
    /// other data), else the cache's, else null. The content is checked on loading, not here.
    /// </summary>
    /// <param name="description">Which dataset.</param>
    /// <param name="dataDirectory"><see cref="Flag"/>: has the files, or a subfolder of the dataset's name that has them, or is
    /// what torchvision calls the root; null for what <see cref="Variable"/> says.</param>
    /// <exception cref="DatasetException">The named folder does not have the files.</exception>
    public static string? Find(DatasetDescription description, string? dataDirectory) =>
        Find(description, dataDirectory, Environment.GetEnvironmentVariable(Variable), DatasetCache.OfUser());

    /// <summary>As above, from given places.</summary>
    /// <exception cref="DatasetException">As above.</exception>
    public static string? Find(
        DatasetDescription description, string? dataDirectory, string? directoryOfVariable, DatasetCache cache)
    {
        if (!string.IsNullOrEmpty(dataDirectory))
            return InNamed(description, dataDirectory, Flag);
        if (!string.IsNullOrEmpty(directoryOfVariable))
            return InNamed(description, directoryOfVariable, Variable);
        var cached = cache.DirectoryOf(description);
        return DatasetFiles.AllIn(cached, description) ? cached : null;
    }

    /// <summary>
    /// <see cref="Find(DatasetDescription, string?)"/>, and <see cref="DatasetFetcher.Fetch"/> where that finds
    /// nothing.
    /// </summary>
    /// <param name="description">Which dataset.</param>
    /// <param name="dataDirectory">As there.</param>
    /// <param name="say">Gets a line a thing tried.</param>
    /// <param name="cancellation">Ends a fetch; nothing half-fetched is left in the cache.</param>
    /// <exception cref="DatasetException">Nothing found, nothing fetched; says every way that was tried.</exception>
    public static string FindOrFetch(
        DatasetDescription description,
        string? dataDirectory,
        Action<string> say,
        CancellationToken cancellation = default) =>
        Find(description, dataDirectory) ?? DatasetFetcher.Fetch(description, say, cancellation);

    private static string InNamed(DatasetDescription description, string directory, string naming)
    {
        // The last two are torchvision's: ROOT/MNIST/raw.
        string[] candidates =
            [directory, Path.Combine(directory, description.Name), Path.Combine(directory, "raw"), Path.Combine(directory, description.Title, "raw")];
        if (candidates.FirstOrDefault(candidate => DatasetFiles.AllIn(candidate, description)) is { } found)
            return found;
        var missing = description.Files.First(file => DatasetFiles.PathIn(directory, file) is null);
        var wrong = Directory.Exists(directory)
            ? $"has no {missing.Name}, nor has its subfolder {description.Name} or {description.Title}/raw all four files"
            : "does not exist";
        throw new DatasetException($"{naming} names {directory}, which {wrong}: " + (ForeignDataset.Describe(directory) is { } foreign
            ? $"{foreign}, and there is no workload for it"
            : $"put the four IDX files of {description.Title} there, or leave {naming} out to have them fetched."));
    }
}
