using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Workloads;

/// <summary>XOR with three hidden layers of ten, a sigmoid after each: 2-10-10-10-1.</summary>
public sealed class XorDeep : nn.Module<Tensor, Tensor>
{
    /// <summary>The truth table, seed 777.</summary>
    public static Workload Workload { get; } = Gates.XorPerceptron with
    {
        Name = "xor-deep", Summary = "the XOR gate with three hidden layers", CreateModel = () => new XorDeep(), Expectation = "loss 0.6949 at first, 0.000157 at last",
    };

    private readonly Linear linear1 = nn.Linear(2, 10);
    private readonly Linear linear2 = nn.Linear(10, 10);
    private readonly Linear linear3 = nn.Linear(10, 10);
    private readonly Linear linear4 = nn.Linear(10, 1);

    /// <summary>Draws the initial parameters from torch's generator.</summary>
    public XorDeep() : base(nameof(XorDeep)) => RegisterComponents();

    /// <inheritdoc />
    public override Tensor forward(Tensor x)   // [B, 2]
    {
        x = linear1.call(x).sigmoid();         // [B, 10]
        x = linear2.call(x).sigmoid();         // [B, 10]
        x = linear3.call(x).sigmoid();         // [B, 10]
        return linear4.call(x).sigmoid();      // [B, 1]
    }
}
