using System.Diagnostics;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Runs;
using MiniBatch.Supervision;

namespace MiniBatch.Launcher.Supervision;

/// <summary>A process that is started to be waited for: what benchmarks and labs measure.</summary>
public static class Errand
{
    /// <summary>What a process that is asked to end may take; then it is killed.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    /// <summary>A process that hears of nothing but its arguments: a flag set in the environment would reach one and not the other.</summary>
    public static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in info.Environment.Keys.Where(name => name.StartsWith(ConfiguredArguments.VariablePrefix, StringComparison.Ordinal)).ToArray())
            info.Environment.Remove(name);
        return info;
    }

    /// <summary>Runs a process to its end.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="info">What to start.</param>
    /// <param name="stop">Ends the process, and the waiting.</param>
    /// <param name="started">Is told the process's id.</param>
    /// <exception cref="UserErrorException">It fails, or can't be started.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public static void Run(string name, ProcessStartInfo info, CancellationToken stop, Action<int>? started = null)
    {
        var ended = new TaskCompletionSource<(ExitStatus Status, string Error)>(TaskCreationOptions.RunContinuationsAsynchronously);
        using (var child = ChildProcess.Start(name, info, (status, error) => ended.TrySetResult((status, error))))
        {
            started?.Invoke(child.Id);
            try
            {
                ended.Task.Wait(stop);
            }
            catch (OperationCanceledException)
            {
                child.Terminate();
                ended.Task.Wait(EndLimit, CancellationToken.None);
                throw;
            }
        }
        var (status, error) = ended.Task.Result;
        if (status.Code != 0)
            throw new UserErrorException(
                $"{name} {status}: {error}",
                status.Code == UserErrorException.Usage ? UserErrorException.Usage : UserErrorException.Failure);
    }
}
