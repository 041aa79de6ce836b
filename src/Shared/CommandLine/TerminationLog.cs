using System.CommandLine;
using System.Text;

namespace MiniBatch.Shared.CommandLine;

/// <summary>
/// Where a node leaves its last words, one line about how and why it ended. In Kubernetes it is the termination message, which
/// <c>kubectl describe pod</c> shows.
/// </summary>
public static class TerminationLog
{
    /// <summary>What Kubernetes takes of a message.</summary>
    private const int BytesMax = 4096;

    /// <summary>The file's flag.</summary>
    public static readonly Option<string?> File = Flag.Path(
        "--termination-log", "write a line there about how and why this node ended [nowhere: the log has it; in Kubernetes /dev/termination-log, which kubectl describe shows]", "FILE");

    /// <summary>Leaves a line, in place of what the file has. A file that can't be written to changes nothing about how a node ends.</summary>
    /// <param name="path">The file; null for none.</param>
    /// <param name="line">Cut where it is longer than Kubernetes takes.</param>
    public static void Leave(string? path, string line)
    {
        if (path is null) return;
        var bytes = Encoding.UTF8.GetBytes(line.ReplaceLineEndings(" "));
        try
        {
            // Opened, not made anew: Kubernetes mounts this one file, and the folder around it may be read-only.
            using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(0);
            file.Write(bytes.AsSpan(0, Math.Min(bytes.Length, BytesMax)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever wants to know has the log.
        }
    }

    /// <summary>The file of a command line that may be wrong, for the line that says so; null where a subcommand was called: the
    /// file is the node's beside which it runs.</summary>
    /// <param name="root">The program's command.</param>
    /// <param name="args">The command line.</param>
    /// <param name="variable">Reads an environment variable.</param>
    public static string? Of(RootCommand root, string[] args, Func<string, string?> variable)
    {
        if (!root.Options.Contains(File)) return null;
        var parsed = root.Parse(args);
        if (parsed.CommandResult.Command != root) return null;
        var typed = parsed.GetResult(File) is { Implicit: false, Tokens: [var token] } ? token.Value : null;
        if ((typed ?? variable(ConfiguredArguments.VariableOf(File.Name))) is not { Length: > 0 } named) return null;
        try
        {
            return UserPath.Expand(named);
        }
        catch (FormatException)
        {
            return null;   // what is wrong with the path is said, and has nowhere else to go
        }
    }
}
