namespace MiniBatch.Deployment.Tests.Images;

/// <summary>What of the repository an image's build gets to see: .dockerignore, read as far as ours goes.</summary>
internal static class BuildContext
{
    private static readonly IReadOnlyList<string> Patterns = [.. Repository.Read(".dockerignore").Split('\n')
        .Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#')];

    /// <summary>Whether a path from the root is there: the last pattern that fits it, or a folder above it, decides.</summary>
    public static bool Has(string path)
    {
        var has = true;
        foreach (var pattern in Patterns)
        {
            if (Fits(pattern.TrimStart('!'), path)) has = pattern[0] == '!';
        }
        return has;
    }

    private static bool Fits(string pattern, string path)
    {
        var parts = path.Split('/');
        if (pattern == "*") return true;
        return pattern.StartsWith("**/", StringComparison.Ordinal)
            ? parts.Contains(pattern[3..])
            : path == pattern || path.StartsWith(pattern + "/", StringComparison.Ordinal);
    }
}
