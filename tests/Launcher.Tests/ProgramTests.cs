using System.Diagnostics;
using MiniBatch.Shared.Processes;

namespace MiniBatch.Launcher.Tests;

/// <summary>The launcher as a process.</summary>
public class ProgramTests
{
    [Fact]
    public async Task Lesson_runs_by_itself_and_is_plain_in_a_pipe()
    {
        var (exitCode, output) = await Run("lesson", "tensors");

        Assert.Equal(0, exitCode);
        Assert.StartsWith("tensors: ", output);
        Assert.Contains("  ✓ m.matmul(v)                     (5 / 11)\n", output);
        Assert.DoesNotContain('\e', output);
    }

    private static async Task<(int ExitCode, string Output)> Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(DotnetHost.Path, [Path.Combine(AppContext.BaseDirectory, "MiniBatch.Launcher.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
