using MiniBatch.Launcher.Supervision;

namespace MiniBatch.Launcher.Chaos;

/// <summary>A process of a cluster on this machine.</summary>
/// <param name="Name">"coordinator", "worker-1".</param>
/// <param name="Id">Its process id.</param>
public sealed record ClusterMember(string Name, int Id)
{
    /// <summary>The coordinator's name.</summary>
    public const string Coordinator = "coordinator";

    /// <summary>Whether it is one.</summary>
    public bool IsCoordinator => Name == Coordinator;
}

/// <summary>The processes that a supervisor has started, as the kernel lists them.</summary>
public static class ClusterMembers
{
    /// <summary>Those that run now.</summary>
    /// <param name="supervisor">Process id of <c>train</c>.</param>
    public static IReadOnlyList<ClusterMember> Of(int supervisor)
    {
        var members = new List<ClusterMember>();
        foreach (var id in ProcessTable.Ids())
        {
            if (ProcessTable.ParentOf(id) == supervisor && NameOf(CommandLineOf(id)) is { } name) members.Add(new ClusterMember(name, id));
        }
        return members;
    }

    /// <summary>Processes that have a secret in their environment, whoever started them. A zombie has none: it runs no more.</summary>
    public static IReadOnlyList<int> With(string secret) =>
        [.. ProcessTable.Ids().Where(id => ProcessTable.Read($"/proc/{id}/environ").Contains(secret, StringComparison.Ordinal))];

    private static string[] CommandLineOf(int id) => ProcessTable.Read($"/proc/{id}/cmdline").Split('\0');

    private static string? NameOf(string[] commandLine)
    {
        if (commandLine.Length < 2) return null;
        return Path.GetFileName(commandLine[1]) switch
        {
            "MiniBatch.Coordinator.dll" => ClusterMember.Coordinator,
            "MiniBatch.Worker.dll" when Array.IndexOf(commandLine, "--name") is var flag and > 0 && flag + 1 < commandLine.Length => commandLine[flag + 1],
            _ => null,
        };
    }
}
