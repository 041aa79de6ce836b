using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MiniBatch.Hosting;

/// <summary>
/// Makes the actor system, and then what its first actor needs. Added before <c>AddAkka</c>, whose own service would write whatever
/// goes wrong there to the console, stack and all.
/// </summary>
/// <typeparam name="TSettings">What the first actor is given.</typeparam>
public sealed class ActorSystemStart<TSettings>(IServiceProvider services) : IHostedService where TSettings : notnull
{
    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        services.GetRequiredService<ActorSystem>();
        services.GetRequiredService<TSettings>();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
