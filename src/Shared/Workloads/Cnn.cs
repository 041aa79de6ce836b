using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Workloads;

/// <summary>
/// Two convolutions with max pooling and ReLU, then a linear layer; 50,186 parameters. ReLU after the pooling is the same function as
/// before it, with the same gradients, on a quarter of the numbers: the largest of a window is the same one, and where none is positive
/// ReLU lets nothing through. In place: the pooling's backward pass needs its input and which was the largest, not its output.
/// </summary>
public sealed class Cnn : nn.Module<Tensor, Tensor>
{
    /// <summary>On handwritten digits.</summary>
    public static Workload Mnist { get; } = new()
    {
        Name = "mnist-cnn", Data = DatasetCatalog.Mnist, CreateModel = () => new Cnn(),
        Summary = "handwritten digits, two convolutions and a linear layer",
        GlobalBatch = 100, Epochs = 15, Optimizer = OptimizerSettings.Default(OptimizerKind.Adam), Expectation = "0.99 test accuracy",
    };

    /// <summary>On pictures of clothes.</summary>
    public static Workload Fashion { get; } = Mnist with
    {
        Name = "fashion-cnn", Data = DatasetCatalog.FashionMnist, Summary = "pictures of clothes, two convolutions and a linear layer",
        GlobalBatch = 64, Expectation = "0.91 test accuracy",
    };

    private readonly Sequential layer1 = nn.Sequential(
        nn.Conv2d(1, 32, kernel_size: 3, stride: 1, padding: 1),
        nn.MaxPool2d(kernel_size: 2, stride: 2),
        nn.ReLU(inplace: true));

    private readonly Sequential layer2 = nn.Sequential(
        nn.Conv2d(32, 64, kernel_size: 3, stride: 1, padding: 1),
        nn.MaxPool2d(kernel_size: 2, stride: 2),
        nn.ReLU(inplace: true));

    private readonly Linear fc = nn.Linear(7 * 7 * 64, 10);

    /// <summary>Draws the initial parameters from torch's generator; the linear weight is Xavier-uniform.</summary>
    public Cnn() : base(nameof(Cnn))
    {
        RegisterComponents();
        nn.init.xavier_uniform_(fc.weight);
    }

    /// <inheritdoc />
    public override Tensor forward(Tensor x)   // [B, 1, 28, 28] float32
    {
        x = layer1.call(x);                    // [B, 32, 14, 14]
        x = layer2.call(x);                    // [B, 64, 7, 7]
        x = x.flatten(1);                      // [B, 3136], channel by channel whatever the layout in memory
        return fc.call(x);                     // [B, 10]
    }
}
