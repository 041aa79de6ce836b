using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Hosting;

/// <summary>
/// Makes the actor system, and then what its first actor needs. Added before <c>AddAkka</c>, whose own service would write whatever
/// goes wrong there to the console, stack and all.
/// </summary>
/// <typeparam name="TSettings">What the first actor is given.</typeparam>
public sealed class ActorSystemStart<TSettings>(NodeOptions node, IServiceProvider services) : IHostedService where TSettings : notnull
{
    /// <inheritdoc />
    /// <exception cref="UserErrorException">The node can't listen where it is to.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            services.GetRequiredService<ActorSystem>();
        }
        catch (Exception e) when (Causes(e).OfType<SocketException>().FirstOrDefault() is { } cause)
        {
            throw new UserErrorException(
                $"can't listen on {new IPEndPoint(node.BindAddress, node.Port)} ({cause.Message}); take another --port, or 0 for any that is free", cause: e);
        }
        services.GetRequiredService<TSettings>();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static IEnumerable<Exception> Causes(Exception error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
            if (cause is not AggregateException aggregate) continue;
            foreach (var inner in aggregate.InnerExceptions.SelectMany(Causes)) yield return inner;
        }
    }
}
