using System.Diagnostics;
using MiniBatch.Launcher.Supervision;
using MiniBatch.Shared.Runs;
using MiniBatch.Supervision;

namespace MiniBatch.Launcher.LocalRun;

/// <summary>Has <c>report.html</c> made of a run that is complete. A process of its own makes it: it loads libtorch.</summary>
/// <param name="programs">Of which the launcher's makes it.</param>
public sealed class RunPage(BuiltPrograms programs)
{
    /// <summary>Far more than the ten thousand images of a test split take.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Makes it. The run is what it is without: what goes wrong is a line, not an error.</summary>
    /// <param name="directory">The run's.</param>
    /// <param name="data">Directory of the datasets; null for the usual places.</param>
    /// <returns>Null where it was made, else why not.</returns>
    public string? Make(RunDirectory directory, string? data)
    {
        var ended = new TaskCompletionSource<(ExitStatus Status, string LastError)>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            using var child = ChildProcess.Start(
                "report",
                new ProcessStartInfo(programs.Dotnet, [programs.Launcher, "report", directory.Root, .. data is null ? (string[])[] : ["--data", data]])
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                },
                (status, lastError) => ended.SetResult((status, lastError)));
            if (!ended.Task.Wait(Limit)) return $"it took longer than {Limit.TotalMinutes:0} minutes";
            var (status, lastError) = ended.Task.Result;
            return status.Code == 0 ? null : lastError.Length > 0 ? lastError : status.ToString();
        }
        catch (UserErrorException e)
        {
            return e.Message;
        }
    }
}
