using System.Diagnostics;
using System.Text.Json;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Devices;

/// <summary>
/// Asks libtorch how many GPUs it can use, in a process of its own: a launcher that trains loads none, and a worker must not load
/// its own before it is pinned to a run's instruction set, which it hears of only when it is admitted.
/// </summary>
public static class LibtorchProbe
{
    /// <summary>The worker program's command that answers.</summary>
    public const string Command = "devices";

    /// <summary>Its flag for an answer that programs read: one line, <see cref="LibtorchFindings"/> as JSON, the last.</summary>
    public const string JsonFlag = "--json";

    /// <summary>Loading a libtorch with CUDA from a slow disk takes long.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>Asks.</summary>
    /// <param name="workerAssembly">The worker's program.</param>
    /// <returns>Its findings, or none with what went wrong.</returns>
    public static LibtorchFindings Ask(string workerAssembly)
    {
        var info = new ProcessStartInfo(DotnetHost.Path, [workerAssembly, Command, JsonFlag])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill();
            return new LibtorchFindings($"libtorch, which did not answer within {Limit.TotalSeconds:0} s,", 0);
        }
        return Read(output.Result) ?? new LibtorchFindings($"libtorch, which failed to load ({LastLine(errors.Result)}),", 0);
    }

    /// <summary>Reads the answer off the last line; libraries may have said something before it.</summary>
    public static LibtorchFindings? Read(string output)
    {
        try
        {
            return JsonSerializer.Deserialize<LibtorchFindings>(LastLine(output), Json.Compact);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string LastLine(string text) => text.Trim().Split('\n')[^1].Trim();
}
