using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MiniBatch.Processes.Harness;

/// <summary>
/// What a container of ours does to its process, done with this machine's own means: another user without any capability, a root
/// that can't be written but for /tmp and one folder, an environment of two variables.
/// </summary>
internal static partial class Confinement
{
    /// <summary>The user of the images.</summary>
    public const string User = "1654";

    /// <summary>A command that becomes a confined one; null where this user may not build such a thing.</summary>
    /// <param name="writable">The folder that can be written, by its owner; it keeps its path.</param>
    /// <param name="secret">The cluster's.</param>
    public static IReadOnlyList<string>? Of(string writable, string secret)
    {
        if (GetEffectiveUser() != 0) return null;
        // The folder may lie in /tmp, which is made anew: it is kept aside meanwhile.
        var script =
            $"""
            set -e
            mount --bind "{writable}" /mnt
            mount -t tmpfs tmpfs /tmp
            mkdir -p "{writable}"
            mount --move /mnt "{writable}"
            mount -o remount,bind,ro /
            exec setpriv --reuid={User} --regid={User} --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all \
                env -i PATH="$PATH" MINIBATCH_SECRET={secret} "$@"
            """;
        string[] unshare = ["unshare", "--mount", "--propagation", "private"];
        // Root of a container may not mount.
        using var trial = Process.Start(unshare[0], [.. unshare[1..], "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
        trial.WaitForExit();
        return trial.ExitCode == 0 ? [.. unshare, "sh", "-c", script, "sh"] : null;
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();
}
