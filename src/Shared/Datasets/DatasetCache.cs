namespace MiniBatch.Shared.Datasets;

/// <summary>
/// Where fetched datasets are kept, shared by all runs of a user: one folder a dataset, files uncompressed.
/// </summary>
/// <param name="Root">Need not exist yet.</param>
public sealed record DatasetCache(string Root)
{
    /// <summary><c>$XDG_CACHE_HOME/minibatch/datasets</c>, by default <c>~/.cache/minibatch/datasets</c>.</summary>
    public static DatasetCache OfUser() => Under(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME"),
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    /// <summary>As above, for given values of <c>$XDG_CACHE_HOME</c> and <c>~</c>.</summary>
    public static DatasetCache Under(string? cacheHome, string home)
    {
        // The XDG base directory specification has relative paths ignored.
        var caches = Path.IsPathRooted(cacheHome) ? cacheHome : Path.Combine(home, ".cache");
        return new DatasetCache(Path.Combine(caches, "minibatch", "datasets"));
    }

    public string DirectoryOf(DatasetDescription description) => Path.Combine(Root, description.Name);
}
