using System.Globalization;

namespace MiniBatch.Shared.Logging;

/// <summary>
/// The files of a node's log: <c>NODE.jsonl</c>, which is written to, and those that were full: <c>NODE.jsonl.1</c>,
/// <c>NODE.jsonl.2</c> and so on, the higher the later.
/// </summary>
public static class LogFileNames
{
    private const string Extension = ".jsonl";

    /// <summary>The file that is written to.</summary>
    public static string Current(string folder, string node) => Path.Combine(folder, node + Extension);

    /// <summary>The numbers of the full files beside it, rising.</summary>
    public static IReadOnlyList<int> FullOf(string current)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(current))!;
        if (!Directory.Exists(folder)) return [];
        var prefix = Path.GetFileName(current) + ".";
        return
        [
            .. Directory.EnumerateFiles(folder)
                .Select(path => Path.GetFileName(path))
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .Select(name => int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
                .Where(number => number > 0)
                .Order(),
        ];
    }

    /// <summary>The node whose log a file is of; null where it is none.</summary>
    public static string? NodeOf(string path)
    {
        var name = Path.GetFileName(path);
        if (name.EndsWith(Extension, StringComparison.Ordinal)) return name[..^Extension.Length];
        var stem = Path.GetFileNameWithoutExtension(name);
        return stem.EndsWith(Extension, StringComparison.Ordinal) && name.AsSpan(stem.Length + 1) is { Length: > 0 } number && !number.ContainsAnyExceptInRange('0', '9')
            ? stem[..^Extension.Length]
            : null;
    }

    /// <summary>A full file.</summary>
    public static string Full(string current, int number) => string.Create(CultureInfo.InvariantCulture, $"{current}.{number}");
}
