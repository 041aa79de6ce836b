using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Explain.Steps;

/// <summary>A step that was taken, with every number on its way. All vectors are float32[parameterCount].</summary>
public sealed record ClusterStep
{
    /// <summary>1-based, over the whole run; also the version that it leads to.</summary>
    public required long Step { get; init; }

    /// <summary>1-based.</summary>
    public required int Epoch { get; init; }

    /// <summary>Parameters before: version <see cref="Step"/> − 1.</summary>
    public required float[] Before { get; init; }

    /// <summary>What the optimizer remembered before, by name.</summary>
    public required IReadOnlyList<(string Name, float[] Values)> StateBefore { get; init; }

    /// <summary>In slot order.</summary>
    public required IReadOnlyList<SlotStep> Slots { get; init; }

    /// <summary>The slots' gradients, averaged (or added) in slot order.</summary>
    public required float[] Average { get; init; }

    /// <summary>The same after clipping and weight decay: what the rule was given.</summary>
    public required float[] Applied { get; init; }

    /// <summary>What the server says of its update.</summary>
    public required StepUpdate Update { get; init; }

    /// <summary>Parameters after: version <see cref="Step"/>. Those before, where the update was refused.</summary>
    public required float[] After { get; init; }

    /// <summary>What the optimizer remembers now, by name.</summary>
    public required IReadOnlyList<(string Name, float[] Values)> StateAfter { get; init; }

    /// <summary>Mean loss of the same samples with the parameters after.</summary>
    public required double LossAfter { get; init; }

    /// <summary>Samples of the batch.</summary>
    public int SampleCount => Slots.Sum(slot => slot.Samples.Length);

    /// <summary>Mean loss of the batch before the update, as the run's ledger has it.</summary>
    public double Loss => Slots.Sum(slot => slot.LossSum) / SampleCount;

    /// <summary>Samples that the model got right before the update.</summary>
    public int CorrectCount => Slots.Sum(slot => slot.CorrectCount);
}

/// <summary>What one worker computed for a step.</summary>
/// <param name="Slot">0-based.</param>
/// <param name="Worker">Who holds it.</param>
/// <param name="Samples">Which, in the order in which they are summed.</param>
/// <param name="LossSum">Sum of their losses.</param>
/// <param name="CorrectCount">How many are right.</param>
/// <param name="Gradient">float32[parameterCount], of the mean or the sum of the losses.</param>
public sealed record SlotStep(int Slot, WorkerId Worker, int[] Samples, double LossSum, int CorrectCount, float[] Gradient);
