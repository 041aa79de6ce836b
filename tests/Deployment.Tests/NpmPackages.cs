namespace MiniBatch.Deployment.Tests;

/// <summary>What these tests take from npm, fetched into the user's cache, once.</summary>
internal static class NpmPackages
{
    private static readonly Lock Fetching = new();

    /// <summary>The folder whose node_modules has the packages; skips the test where npm is missing or fetches nothing.</summary>
    /// <param name="purpose">What they are for: a folder of the cache.</param>
    /// <param name="packages">Each with its version.</param>
    public static string Fetched(string purpose, params string[] packages)
    {
        var folder = Path.Combine(CacheRoot(), purpose, string.Join('+', packages).Replace('/', '-'));
        lock (Fetching)
        {
            if (File.Exists(Path.Combine(folder, "whole"))) return folder;
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "package.json"), """{ "private": true, "type": "module" }""");
            var (exitCode, _, error) = Tool.Run(folder, "npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", .. packages]);
            Skip.If(exitCode != 0, $"npm did not fetch {string.Join(" and ", packages)}: {error}");
            File.WriteAllText(Path.Combine(folder, "whole"), "");
            return folder;
        }
    }

    private static string CacheRoot()
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        return Path.Combine(
            Path.IsPathRooted(cache) ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "minibatch");
    }
}
