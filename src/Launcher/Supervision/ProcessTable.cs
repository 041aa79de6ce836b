using System.Globalization;

namespace MiniBatch.Launcher.Supervision;

/// <summary>The processes of this machine, as the kernel lists them. Source: proc(5).</summary>
public static class ProcessTable
{
    /// <summary>Of all that run now.</summary>
    public static IEnumerable<int> Ids()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(directory), out var id)) yield return id;
    }

    /// <summary>Whose child a process is; 0 where it has ended.</summary>
    public static int ParentOf(int id) => StatOf(id) is { Length: > 1 } fields ? int.Parse(fields[1], CultureInfo.InvariantCulture) : 0;

    /// <summary>A process, its children, theirs, and so on.</summary>
    public static IReadOnlyList<int> TreeOf(int root)
    {
        var children = Ids().Where(id => id != root).ToLookup(ParentOf);
        var tree = new List<int> { root };
        for (var next = 0; next < tree.Count; next++) tree.AddRange(children[tree[next]]);
        return tree;
    }

    /// <summary>The fields of a process's line, from its state, the third, on; none where it has ended.</summary>
    public static string[] StatOf(int id)
    {
        // "12 (name) S 1 …": the name may have brackets and blanks of its own.
        var stat = Read($"/proc/{id}/stat");
        return stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>A file of a process; empty where it has ended, or is somebody else's.</summary>
    public static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
