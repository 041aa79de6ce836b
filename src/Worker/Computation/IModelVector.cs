using MiniBatch.Shared.DataPlane;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Computation;

/// <summary>
/// A model's parameters and buffers as one flat float32 vector in PyTorch's order, wherever the model computes: versions go in,
/// gradients come out, and with a gradient what its forward passes came to. Used by one thread.
/// </summary>
public interface IModelVector : IDisposable
{
    /// <summary>Names and shapes, in the vector's order.</summary>
    ModelLayout Layout { get; }

    /// <summary>Takes over a version.</summary>
    /// <param name="version">float32[Layout.TotalCount].</param>
    void Load(ReadOnlySpan<float> version);

    /// <summary>Puts the buffers back to those of the version loaded last: each slot starts from them, not from the slot before.</summary>
    void ResetBuffers();

    /// <summary>Copies parameters and buffers out.</summary>
    /// <param name="version">float32[Layout.TotalCount].</param>
    void Save(Span<float> version);

    /// <summary>Notes what a forward pass came to, until it is taken.</summary>
    /// <param name="outputs">The model's, float32[B, k].</param>
    /// <param name="targets">int64[B] or float32[B, k].</param>
    /// <param name="loss">One float32.</param>
    void Score(Tensor outputs, Tensor targets, Tensor loss);

    /// <summary>What the passes came to that were noted since the last taking.</summary>
    IReadOnlyList<PassScore> TakeScores();

    /// <summary>
    /// Copies the gradients that backward passes have added up since the last taking, then the buffers, out; clears the gradients.
    /// </summary>
    /// <param name="gradient">float32[Layout.TotalCount].</param>
    /// <returns>What the passes came to that were noted meanwhile.</returns>
    IReadOnlyList<PassScore> TakeGradient(Span<float> gradient);
}

/// <summary>What a forward pass came to.</summary>
/// <param name="Loss">As the loss function reduced it.</param>
/// <param name="CorrectCount">Samples that the objective takes for right.</param>
public readonly record struct PassScore(float Loss, int CorrectCount);
