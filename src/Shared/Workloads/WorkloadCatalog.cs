using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Workloads;

/// <summary>Every workload that <c>./cluster train</c> knows, by name.</summary>
public static class WorkloadCatalog
{
    private static readonly OptimizerSettings PlainSgd = OptimizerSettings.Default(OptimizerKind.Sgd);
    private static readonly OptimizerSettings Adam = OptimizerSettings.Default(OptimizerKind.Adam);

    /// <summary>In the order in which the course meets them.</summary>
    public static IReadOnlyList<Workload> All { get; } =
    [
        new()
        {
            Name = "mnist-softmax", Dataset = "mnist", CreateModel = () => new Softmax(),
            Summary = "handwritten digits, one linear layer and cross entropy",
            GlobalBatch = 100, Epochs = 15, Optimizer = PlainSgd, Expectation = "0.92 test accuracy",
        },
        new()
        {
            Name = "mnist-mlp", Dataset = "mnist", CreateModel = () => new Mlp(), DrawsInForward = true, SlotSamplesMin = 2,
            Summary = "handwritten digits, a hidden layer with batch norm and dropout",
            GlobalBatch = 100, Epochs = 21, Optimizer = PlainSgd, Expectation = "0.97 test accuracy",
        },
        new()
        {
            Name = "mnist-cnn", Dataset = "mnist", CreateModel = () => new Cnn(),
            Summary = "handwritten digits, two convolutions and a linear layer",
            GlobalBatch = 100, Epochs = 15, Optimizer = Adam, Expectation = "0.99 test accuracy",
        },
        new()
        {
            Name = "fashion-softmax", Dataset = "fashion-mnist", CreateModel = () => new Softmax(),
            Summary = "pictures of clothes, one linear layer and cross entropy",
            GlobalBatch = 64, Epochs = 15, Optimizer = PlainSgd, Expectation = "0.84 test accuracy",
        },
        new()
        {
            Name = "fashion-mlp", Dataset = "fashion-mnist", CreateModel = () => new Mlp(), DrawsInForward = true, SlotSamplesMin = 2,
            Summary = "pictures of clothes, a hidden layer with batch norm and dropout",
            GlobalBatch = 64, Epochs = 21, Optimizer = PlainSgd, Expectation = "0.86 test accuracy",
        },
        new()
        {
            Name = "fashion-cnn", Dataset = "fashion-mnist", CreateModel = () => new Cnn(),
            Summary = "pictures of clothes, two convolutions and a linear layer",
            GlobalBatch = 64, Epochs = 15, Optimizer = Adam, Expectation = "0.91 test accuracy",
        },
    ];

    /// <summary>The workload of that name.</summary>
    /// <exception cref="UserErrorException">There is none; the message lists those there are.</exception>
    public static Workload Get(string name) =>
        All.FirstOrDefault(workload => workload.Name == name)
        ?? throw new UserErrorException(
            $"unknown workload '{name}'; there are {string.Join(", ", All.Select(workload => workload.Name))}",
            UserErrorException.Usage);
}
