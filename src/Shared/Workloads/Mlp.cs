using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using static TorchSharp.torch;
using Dropout = TorchSharp.Modules.Dropout;
using Linear = TorchSharp.Modules.Linear;

namespace MiniBatch.Shared.Workloads;

/// <summary>
/// One hidden layer of 50 with batch normalisation, ReLU and dropout; 39,800 parameters (39,200 + 100 + 500). Batch
/// normalisation is over the samples of a slot (a micro-batch), not of the global batch.
/// </summary>
public sealed class Mlp : nn.Module<Tensor, Tensor>
{
    /// <summary>On handwritten digits.</summary>
    public static Workload Mnist { get; } = new()
    {
        Name = "mnist-mlp", Data = DatasetCatalog.Mnist, CreateModel = () => new Mlp(), DrawsInForward = true, SlotSamplesMin = 2,
        Summary = "handwritten digits, a hidden layer with batch norm and dropout",
        GlobalBatch = 100, Epochs = 21, Optimizer = OptimizerSettings.Default(OptimizerKind.Sgd), Expectation = "0.97 test accuracy",
    };

    /// <summary>On pictures of clothes.</summary>
    public static Workload Fashion { get; } = Mnist with
    {
        Name = "fashion-mlp", Data = DatasetCatalog.FashionMnist, Summary = "pictures of clothes, a hidden layer with batch norm and dropout",
        GlobalBatch = 64, Expectation = "0.86 test accuracy",
    };

    private readonly Linear fc1 = nn.Linear(28 * 28, 50, hasBias: false);
    private readonly BatchNorm bn1 = new(50, dimensions: 1);
    private readonly Dropout dropout = nn.Dropout(0.5);
    private readonly Linear fc2 = nn.Linear(50, 10, hasBias: false);

    /// <summary>Draws the initial parameters from torch's generator.</summary>
    public Mlp() : base(nameof(Mlp)) => RegisterComponents();

    /// <inheritdoc />
    public override Tensor forward(Tensor x)                            // [B, 1, 28, 28] float32
    {
        x = x.view(-1, 28 * 28);                                        // [B, 784]
        // In place: batch norm's backward pass needs its input, not its output.
        x = nn.functional.relu(bn1.call(fc1.call(x)), inplace: true);   // [B, 50]
        x = dropout.call(x);
        return fc2.call(x);                                             // [B, 10]
    }
}
