using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Numerics.Schedules;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Workloads;

/// <summary>
/// What is trained, on what, and with which defaults: one entry of the catalogue. Touching it does not load libtorch;
/// calling <see cref="CreateModel"/> does.
/// </summary>
public sealed record Workload
{
    /// <summary>What a user types: "mnist-cnn".</summary>
    public required string Name { get; init; }

    /// <summary>One line for people.</summary>
    public required string Summary { get; init; }

    /// <summary>What it is trained on.</summary>
    public required Dataset Data { get; init; }

    /// <summary>Its dataset's name.</summary>
    public string Dataset => Data.Name;

    /// <summary>What is made small.</summary>
    public Objective Objective { get; init; } = Objective.CrossEntropy;

    /// <summary>
    /// Builds the model with initial parameters drawn from torch's global generator, on the CPU. It maps images
    /// [B, 1, 28, 28] float32 in [0, 1], or rows [B, inputs] float32 of a table, to what its objective asks for. The caller
    /// disposes.
    /// </summary>
    public required Func<nn.Module<Tensor, Tensor>> CreateModel { get; init; }

    /// <summary>G, unless <c>--batch</c> says otherwise.</summary>
    public required int GlobalBatch { get; init; }

    /// <summary>M, unless <c>--slots</c> says otherwise. A constant of the workload, never the worker count.</summary>
    public int Slots { get; init; } = 4;

    /// <summary>Epochs, unless <c>--epochs</c> says otherwise.</summary>
    public required int Epochs { get; init; }

    /// <summary>The update rule, unless flags say otherwise.</summary>
    public required OptimizerSettings Optimizer { get; init; }

    /// <summary>How the learning rate changes, unless flags say otherwise.</summary>
    public ScheduleSettings Schedule { get; init; } = ScheduleSettings.Constant;

    /// <summary>
    /// Whether its model draws random numbers in the forward pass (dropout): then torch's generator is seeded for each slot
    /// by (seed, epoch, step, slot), so that whoever computes the slot draws the same.
    /// </summary>
    public bool DrawsInForward { get; init; }

    /// <summary>
    /// The least samples of a slot: 2 where the model has batch normalisation, whose variance of one sample is undefined.
    /// </summary>
    public int SlotSamplesMin { get; init; } = 1;

    /// <summary>Order of the samples in an epoch.</summary>
    public SampleOrder Order { get; init; } = SampleOrder.Shuffled;

    /// <summary>How the loss is reduced over samples.</summary>
    public LossReduction Reduction => Objective.Reduction;

    /// <summary>Seeds parameters and order, unless <c>--seed</c> says otherwise: the course's, where a slide depends on it.</summary>
    public ulong Seed { get; init; }

    /// <summary>Evaluates after every so many epochs, and after the last.</summary>
    public int EvaluateEvery { get; init; } = 1;

    /// <summary>What a user may expect after the default length: "0.92 test accuracy".</summary>
    public required string Expectation { get; init; }
}
