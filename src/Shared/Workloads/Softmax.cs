using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Workloads;

/// <summary>Softmax regression: one linear layer, 784 → 10; 7,850 parameters. The softmax itself is in the loss.</summary>
public sealed class Softmax : nn.Module<Tensor, Tensor>
{
    /// <summary>On handwritten digits.</summary>
    public static Workload Mnist { get; } = new()
    {
        Name = "mnist-softmax", Data = DatasetCatalog.Mnist, CreateModel = () => new Softmax(),
        Summary = "handwritten digits, one linear layer and cross entropy",
        GlobalBatch = 100, Epochs = 15, Optimizer = OptimizerSettings.Default(OptimizerKind.Sgd), Expectation = "0.92 test accuracy",
    };

    /// <summary>On pictures of clothes.</summary>
    public static Workload Fashion { get; } = Mnist with
    {
        Name = "fashion-softmax", Data = DatasetCatalog.FashionMnist, Summary = "pictures of clothes, one linear layer and cross entropy",
        GlobalBatch = 64, Expectation = "0.84 test accuracy",
    };

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
