using MiniBatch.Explain.Narration;

namespace MiniBatch.Explain.Tests;

/// <summary>The first step of <c>hours-points</c> over three workers, done with pencil and paper.</summary>
public sealed class HoursPointsByHandTests
{
    [Fact]
    public void Each_worker_has_the_gradient_of_its_sample()
    {
        using var cluster = Runs.Cluster(Runs.Spec("hours-points"));
        var step = cluster.Next();

        Assert.Equal(["worker-1", "worker-2", "worker-3"], step.Slots.Select(slot => slot.Worker.Name));
        Assert.Equal([[0], [1], [2]], step.Slots.Select(slot => slot.Samples));
        Assert.Equal([1, 4, 9], step.Slots.Select(slot => slot.LossSum));
        // 2·(0 − y)·x and 2·(0 − y) of (1, 1), (2, 2), (3, 3)
        Assert.Equal([[-2, -2], [-8, -4], [-18, -6]], step.Slots.Select(slot => slot.Gradient));
    }

    [Fact]
    public void Server_averages_them_and_moves_against_the_average()
    {
        using var cluster = Runs.Cluster(Runs.Spec("hours-points"));
        var step = cluster.Next();

        Assert.Equal(14.0 / 3, step.Loss, 1e-6);
        Assert.Equal(-28f / 3, step.Average[0]);
        Assert.Equal(-4f, step.Average[1]);
        Assert.Equal(0.28 / 3, step.After[0], 1e-7);
        Assert.Equal(0.04, step.After[1], 1e-7);
        // (ŷ − y)² with the new line: 0.1333 − 1, 0.2267 − 2, 0.32 − 3.
        Assert.Equal((0.751111 + 3.144711 + 7.1824) / 3, step.LossAfter, 1e-6);
    }

    [Fact]
    public void Narration_can_be_followed_with_pencil_and_paper()
    {
        var spec = Runs.Spec("hours-points");
        var text = ExplainCommand.Tell(spec, Runs.Data(spec), workerCount: 3, stepCount: 1).Select(line => line.Trim()).ToList();

        string[] expected =
        [
            "slot 1 → worker-2: sample 1", "sample 1: x = 2, y = 2", "ŷ = 2·0 + 0 = 0", "loss = (ŷ − y)² = (0 − 2)² = 4", "∂W = 2·(0 − 2)·2 = -8",
            "∂b = 2·(0 − 2) = -4", "loss = (1 + 4 + 9)/3 = 4.666667", "∂W = (-2 + (-8) + (-18))/3 = -9.333333", "∂b = (-2 + (-4) + (-6))/3 = -4",
            "W = 0 − 0.01·(-9.333333) = 0.09333333", "b = 0 − 0.01·(-4) = 0.04", "loss of the same batch: 4.666667 before, 3.692741 now",
        ];
        Assert.Equal(expected, text.Where(expected.Contains));
    }

    [Fact]
    public void Workers_without_a_slot_stand_by()
    {
        var spec = Runs.Spec("hours-points");
        var text = ExplainCommand.Tell(spec, Runs.Data(spec), workerCount: 5, stepCount: 1);

        Assert.Contains("standing by, for a step has 3 slots: worker-4, worker-5", text);
    }
}
