using System.ComponentModel;
using System.Diagnostics;

namespace MiniBatch.Shared.Datasets.Sources;

/// <summary>Runs a package client.</summary>
internal static class SourceCommand
{
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(5);

    /// <summary>Runs a program to its end, without a shell and without input.</summary>
    /// <exception cref="DatasetException">Not installed, failed (with its own reason), or too slow.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the program and its children are killed.</exception>
    public static void Run(string directory, CancellationToken cancellation, string program, params string[] arguments)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = directory,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        // The client's messages are looked into, so they must be in one language.
        process.StartInfo.Environment["LC_ALL"] = "C";
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            throw new DatasetException($"{program} is not installed");
        }

        process.StandardInput.Close();
        RunToEnd(process, program, cancellation);
    }

    private static void RunToEnd(Process process, string program, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeMax);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            Task.WhenAll(output, errors, process.WaitForExitAsync(limit.Token)).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellation.ThrowIfCancellationRequested();
            throw new DatasetException($"{program} took more than {TimeMax.TotalMinutes} minutes");
        }

        if (process.ExitCode != 0)
            throw new DatasetException($"{program} failed: {Reason(errors.Result, output.Result)}");
    }

    private static string Reason(string errors, string output)
    {
        const int ReasonLengthMax = 200;
        var lines = (errors + '\n' + output)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        // apt marks its errors among warnings; npm puts the cause first and advice after it.
        var first = lines.FirstOrDefault(line => line.StartsWith("E: ", StringComparison.Ordinal))
            ?? lines.FirstOrDefault()
            ?? "it said nothing";
        return first.Length <= ReasonLengthMax ? first : first[..ReasonLengthMax] + "…";
    }
}
