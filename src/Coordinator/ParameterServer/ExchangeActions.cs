using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>What the exchange core decided; the exchange thread carries it out: orders first, for workers wait for them, then all else, each in order.</summary>
public abstract record ExchangeAction
{
    private ExchangeAction() { }

    private bool IsOrder => this is SendInitialise or SendStep or SendEvaluation or SendForward;

    /// <summary>Carries out what was decided, orders first, and clears the list. What is added meanwhile is carried out too.</summary>
    public static void CarryOut(List<ExchangeAction> actions, Action<ExchangeAction> perform)
    {
        for (var i = 0; i < actions.Count; i++)
        {
            if (actions[i].IsOrder) perform(actions[i]);
        }
        for (var i = 0; i < actions.Count; i++)
        {
            if (!actions[i].IsOrder) perform(actions[i]);
        }
        actions.Clear();
    }

    /// <summary>Ask a worker for version 0.</summary>
    /// <param name="To">The worker that owns slot 0.</param>
    /// <param name="Order">What to send.</param>
    public sealed record SendInitialise(WorkerId To, InitialiseOrder Order) : ExchangeAction;

    /// <summary>Give a worker slots of the open step.</summary>
    /// <param name="To">The worker.</param>
    /// <param name="Order">What to send.</param>
    /// <param name="WithVersion">Whether it lacks the version to compute from.</param>
    public sealed record SendStep(WorkerId To, StepOrder Order, bool WithVersion) : ExchangeAction;

    /// <summary>Give a worker blocks of the open evaluation.</summary>
    /// <param name="To">The worker.</param>
    /// <param name="Order">What to send.</param>
    /// <param name="WithVersion">Whether it lacks the version to evaluate.</param>
    public sealed record SendEvaluation(WorkerId To, EvaluationOrder Order, bool WithVersion) : ExchangeAction;

    /// <summary>Have a worker put samples through the model, for somebody who watches.</summary>
    /// <param name="To">The worker.</param>
    /// <param name="Order">What to send.</param>
    /// <param name="WithVersion">Whether it lacks the version to use.</param>
    public sealed record SendForward(WorkerId To, ForwardOrder Order, bool WithVersion) : ExchangeAction;

    /// <summary>Write a step to the ledger.</summary>
    /// <param name="Step">It, without its sums (<see cref="ExchangeCore.Summed"/>).</param>
    public sealed record Record(CommittedStep Step) : ExchangeAction;

    /// <summary>Write a version down, to go on from after a crash; after the steps recorded before it.</summary>
    /// <param name="Model">It.</param>
    /// <param name="Position">How far the run is.</param>
    public sealed record Save(ModelSnapshot Model, RunPosition Position) : ExchangeAction;

    /// <summary>Tell the actors.</summary>
    /// <param name="What">What happened.</param>
    public sealed record Report(ExchangeReport What) : ExchangeAction;

    /// <summary>Close a worker's connection: it sends what no sound worker would.</summary>
    /// <param name="Worker">The worker.</param>
    /// <param name="Reason">One line.</param>
    public sealed record Drop(WorkerId Worker, string Reason) : ExchangeAction;
}
