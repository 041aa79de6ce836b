using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Workloads;

/// <summary>
/// One hidden layer of 50 with batch normalisation, ReLU and dropout; 39,800 parameters (39,200 + 100 + 500). Batch
/// normalisation is over the samples of a slot (a micro-batch), not of the global batch.
/// </summary>
public sealed class Mlp : nn.Module<Tensor, Tensor>
{
    private readonly Linear fc1 = nn.Linear(28 * 28, 50, hasBias: false);
    private readonly BatchNorm1d bn1 = nn.BatchNorm1d(50);
    private readonly Dropout dropout = nn.Dropout(0.5);
    private readonly Linear fc2 = nn.Linear(50, 10, hasBias: false);

    /// <summary>Draws the initial parameters from torch's generator.</summary>
    public Mlp() : base(nameof(Mlp)) => RegisterComponents();

    /// <inheritdoc />
    public override Tensor forward(Tensor x)             // [B, 1, 28, 28] float32
    {
        x = x.view(-1, 28 * 28);                         // [B, 784]
        x = nn.functional.relu(bn1.call(fc1.call(x)));   // [B, 50]
        x = dropout.call(x);
        return fc2.call(x);                              // [B, 10]
    }
}
