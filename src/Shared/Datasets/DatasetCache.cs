namespace MiniBatch.Shared.Datasets;

/// <summary>Where fetched datasets are kept, shared by all runs of a user: one folder a dataset, files uncompressed.</summary>
/// <param name="Root">Need not exist yet.</param>
public sealed record DatasetCache(string Root)
{
    /// <summary><c>$XDG_CACHE_HOME/minibatch/datasets</c>, by default <c>~/.cache/minibatch/datasets</c>.</summary>
    public static DatasetCache OfUser()
    {
        var caches = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        // The XDG base directory specification has relative paths ignored.
        if (string.IsNullOrEmpty(caches) || !Path.IsPathRooted(caches))
            caches = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return new DatasetCache(Path.Combine(caches, "minibatch", "datasets"));
    }

    public string DirectoryOf(DatasetDescription description) => Path.Combine(Root, description.Name);
}
