using Microsoft.Extensions.Hosting;
using MiniBatch.Shared.Processes;

namespace MiniBatch.Hosting;

/// <summary>The lifetime of a node's host: what asks the process to stop stops the host, and nothing else listens for it.</summary>
internal sealed class SignalLifetime(StopSignals signals, IHostApplicationLifetime host) : IHostLifetime, IDisposable
{
    private CancellationTokenRegistration _registration;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _registration = signals.Token.Register(host.StopApplication);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _registration.Dispose();
}

/// <summary>The lifetime of a host within a process whose signals are another host's.</summary>
public sealed class NoSignals : IHostLifetime
{
    /// <inheritdoc />
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
