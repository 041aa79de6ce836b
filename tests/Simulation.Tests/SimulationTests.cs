using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Protocol;
using MiniBatch.Simulation.Faults;
using MiniBatch.Supervision;
using MiniBatch.Worker.Computation;
using MiniBatch.Worker.Membership;

namespace MiniBatch.Simulation.Tests;

/// <summary>The shipped cores in a world that fails.</summary>
public sealed class SimulationTests
{
    private const int Seeds = 20_000;

    /// <summary>What only somebody at the live page asks for: nobody watches a simulated run.</summary>
    private static readonly Type[] OfThePage =
    [
        typeof(SupervisorDecision.KillWorker), typeof(SupervisorDecision.StopWorker), typeof(SupervisorDecision.ContinueWorker),
        typeof(SupervisorDecision.CutOffWorker), typeof(SupervisorDecision.KillCoordinator), typeof(ExchangeAction.SendForward),
    ];

    [Fact]
    public void Twenty_thousand_runs_break_no_invariant_and_meet_every_decision_and_fault()
    {
        var coverage = new Coverage();
        Parallel.ForEach(
            Enumerable.Range(0, Seeds / 100), () => new Coverage(),
            (hundred, _, own) =>
            {
                for (var seed = 100 * hundred + 1; seed <= 100 * (hundred + 1); seed++)
                {
                    var result = Simulator.Run((ulong)seed, workers: null, own);
                    Assert.True(result.Violation is null, $"./cluster simulate --seed {seed}: {result.Violation}");
                }
                return own;
            },
            own =>
            {
                lock (coverage) coverage.Add(own);
            });
        var expected = new[] { typeof(Decision), typeof(WorkerDecision), typeof(SupervisorDecision), typeof(ExchangeAction), typeof(ExchangeReport), typeof(ComputeReport) }
            .SelectMany(type => type.GetNestedTypes()).Where(type => !type.IsAbstract).Except(OfThePage).Select(Coverage.NameOf)
            .Concat(Enum.GetNames<FaultKind>().Select(kind => $"FaultKind.{kind}"))
            .Concat(Enum.GetNames<Refusal>().Select(refusal => $"Refusal.{refusal}"));
        Assert.Equal([], expected.Where(what => !coverage.Has(what)));
    }

    [Fact]
    public void Same_seed_gives_the_same_run()
    {
        for (var seed = 1ul; seed <= 50; seed++)
            Assert.Equal(Simulator.Run(seed, null, new Coverage()), Simulator.Run(seed, null, new Coverage(), (_, _) => { }));
    }

    [Fact]
    public void Run_with_a_thousand_workers_ends_as_any_other()
    {
        var result = Simulator.Run(1, workers: 1000, new Coverage());
        Assert.Null(result.Violation);
        Assert.True(result.Updates >= 40, $"{result.Updates} updates");
    }
}
