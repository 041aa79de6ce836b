namespace MiniBatch.Processes.Harness;

/// <summary>
/// Every process of one cluster, also those that we did not start ourselves: they inherit the cluster's secret, and the
/// kernel shows it in their environment.
/// </summary>
internal static class ClusterProcesses
{
    public static IReadOnlyList<int> With(string secret)
    {
        var found = new List<int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var id)) continue;
            try
            {
                // A zombie's environment is empty: it runs no more.
                if (File.ReadAllText(Path.Combine(directory, "environ")).Contains(secret, StringComparison.Ordinal)) found.Add(id);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has just ended, or is somebody else's.
            }
        }
        return found;
    }

    /// <summary>Which of them runs a program, by its assembly: "MiniBatch.Coordinator.dll".</summary>
    public static int One(string secret, string program, string argument = "") =>
        With(secret).Single(id => CommandLine(id) is var line && line.Contains(program, StringComparison.Ordinal)
            && line.Contains(argument, StringComparison.Ordinal));

    private static string CommandLine(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }
}
