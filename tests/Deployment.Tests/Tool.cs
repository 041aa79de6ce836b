using System.ComponentModel;
using System.Diagnostics;

namespace MiniBatch.Deployment.Tests;

/// <summary>A program that these tests use where it is installed.</summary>
internal static class Tool
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    /// <summary>Whether it is in a folder of PATH.</summary>
    public static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Runs it to its end; skips the test where it is not installed.</summary>
    /// <returns>Its exit code and what it wrote.</returns>
    public static (int ExitCode, string Output, string Error) Run(string directory, string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        Process? process = null;
        try
        {
            process = Process.Start(info);
        }
        catch (Win32Exception)
        {
            Skip.If(true, $"{program} is not installed");
        }
        using (process)
        {
            process!.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(Limit))
            {
                process.Kill(entireProcessTree: true);
                throw new TimeoutException($"{program} {string.Join(' ', arguments)} has not ended within {Limit.TotalMinutes:0} min");
            }
            return (process.ExitCode, output.Result, error.Result);
        }
    }
}
