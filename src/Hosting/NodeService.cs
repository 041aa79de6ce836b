using Microsoft.Extensions.Hosting;

namespace MiniBatch.Hosting;

/// <summary>What a node does from its start to its end; the host stops with it.</summary>
/// <param name="lifetime">The host's.</param>
public abstract class NodeService(IHostApplicationLifetime lifetime) : BackgroundService
{
    private readonly TaskCompletionSource<int> _exitCode = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The node's work, from its start to its end.</summary>
    /// <param name="stopping">Cancelled when the host is asked to stop; what is under way is then to be brought to an orderly end.</param>
    /// <returns>The process's exit code.</returns>
    protected abstract Task<int> RunAsync(CancellationToken stopping);

    /// <summary>Ends when the host is asked to stop.</summary>
    protected static Task Until(CancellationToken stopping) =>
        Task.Delay(Timeout.InfiniteTimeSpan, stopping).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>What <see cref="RunAsync"/> returned; null where it did not run. Throws what it threw.</summary>
    internal int? ExitCode => _exitCode.Task.IsCompleted ? _exitCode.Task.GetAwaiter().GetResult() : null;

    /// <inheritdoc />
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            _exitCode.SetResult(await RunAsync(stoppingToken));
        }
        catch (Exception e)
        {
            _exitCode.SetException(e);
        }
        finally
        {
            lifetime.StopApplication();
        }
    }
}
