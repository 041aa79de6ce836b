using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Workloads;

/// <summary>Softmax regression: one linear layer, 784 → 10; 7,850 parameters. The softmax itself is in the loss.</summary>
public sealed class Softmax : nn.Module<Tensor, Tensor>
{
    private readonly Linear linear = nn.Linear(28 * 28, 10);

    /// <summary>Draws the initial parameters from torch's generator.</summary>
    public Softmax() : base(nameof(Softmax)) => RegisterComponents();

    /// <inheritdoc />
    public override Tensor forward(Tensor x)   // [B, 1, 28, 28] float32
    {
        x = x.view(-1, 28 * 28);               // [B, 784]
        return linear.call(x);                 // [B, 10]
    }
}
