using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Workloads;

/// <summary>A perceptron: Linear(2, 1) and a sigmoid. It learns AND and OR, and cannot learn XOR.</summary>
public sealed class Gates : nn.Module<Tensor, Tensor>
{
    /// <summary>Both inputs must be 1.</summary>
    public static Workload And { get; } = Gate("and", [0, 0, 0, 1]) with
    {
        Summary = "the AND gate, a perceptron", Epochs = 1001, EvaluateEvery = 100, Expectation = "all four right",
    };

    /// <summary>One input must be 1.</summary>
    public static Workload Or { get; } = Gate("or", [0, 1, 1, 1]) with
    {
        Summary = "the OR gate, a perceptron", Epochs = 1001, EvaluateEvery = 100, Expectation = "all four right",
    };

    /// <summary>Just one input must be 1: no line parts the two classes.</summary>
    public static Workload XorPerceptron { get; } = Gate("xor", [0, 1, 1, 0]) with
    {
        Name = "xor-perceptron", Summary = "the XOR gate, which a perceptron cannot learn", Expectation = "loss ln 2 = 0.6931, for ever",
    };

    private readonly Linear linear = nn.Linear(2, 1);

    /// <summary>Draws the initial parameters from torch's generator.</summary>
    public Gates() : base(nameof(Gates)) => RegisterComponents();

    /// <inheritdoc />
    public override Tensor forward(Tensor x) => linear.call(x).sigmoid();   // [B, 2] → [B, 1]

    /// <summary>A truth table of two inputs, four rows in one slot.</summary>
    /// <param name="name">Of the gate.</param>
    /// <param name="outputs">For (0, 0), (0, 1), (1, 0), (1, 1).</param>
    internal static Workload Gate(string name, float[] outputs) => new()
    {
        Name = $"{name}-gate",
        Data = new TableDataset($"{name}-gate", $"the {name.ToUpperInvariant()} gate", new Table(
            2, [0, 0, outputs[0]], [0, 1, outputs[1]], [1, 0, outputs[2]], [1, 1, outputs[3]])),
        Summary = "", Expectation = "", CreateModel = () => new Gates(),
        Objective = Objective.BinaryCrossEntropy, Order = SampleOrder.Natural, GlobalBatch = 4, Slots = 1, Seed = 777,
        Epochs = 10_001, EvaluateEvery = 1000, Optimizer = OptimizerSettings.Default(OptimizerKind.Sgd) with { LearningRate = 1 },
    };
}
