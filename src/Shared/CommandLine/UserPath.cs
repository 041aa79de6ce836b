namespace MiniBatch.Shared.CommandLine;

/// <summary>Paths as people write them where no shell has read them: in --run-dir=~/runs, the environment, a configuration file.</summary>
public static class UserPath
{
    /// <summary>The path, with ~ made the home folder.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="home">The user's home folder; null or empty where there is none.</param>
    /// <exception cref="FormatException">It starts with ~ and stands for no folder; the message goes after the flag.</exception>
    public static string Expand(string text, string? home)
    {
        if (text.Length == 0) throw new FormatException("give a path");
        if (text[0] != '~') return text;
        if (text.Length > 1 && text[1] != '/') throw new FormatException($"~NAME is not looked up; write the path in full, or ./{text} for a file of that name");
        return string.IsNullOrEmpty(home) ? throw new FormatException("there is no HOME to put in place of ~; write the path in full") : home + text[1..];
    }

    /// <inheritdoc cref="Expand(string, string?)" />
    public static string Expand(string text) => Expand(text, Environment.GetEnvironmentVariable("HOME"));
}
