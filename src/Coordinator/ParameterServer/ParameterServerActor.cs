using Akka.Actor;
using MiniBatch.Coordinator.Exchange;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>
/// Parameter server: opens and commits steps. A thin shell that owns the exchange thread: passes the coordinator's
/// commands down to it and its reports up. Child of the coordinator actor. One state. A restart would lose the version,
/// so there is none: it stops, and the run ends.
/// </summary>
public sealed class ParameterServerActor : ReceiveActor
{
    private readonly ExchangeThread _exchange;

    /// <summary>Starts the exchange thread.</summary>
    /// <param name="start">Starts it, given whom to report to.</param>
    public ParameterServerActor(Func<Action<ExchangeReport>, ExchangeThread> start)
    {
        var self = Self;
        _exchange = start(report => self.Tell(report));

        Receive<ExchangeCommand>(_exchange.Post);
        Receive<ExchangeReport>(report => Context.Parent.Tell(report));
    }

    /// <inheritdoc />
    protected override void PostStop() => _exchange.Dispose();
}
