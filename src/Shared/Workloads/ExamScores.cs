using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Workloads;

/// <summary>Three quiz scores to the final one: Linear(3, 1), begun with zeros.</summary>
public sealed class ExamScores : nn.Module<Tensor, Tensor>
{
    /// <summary>Five students; a sample a slot.</summary>
    public static Workload Workload { get; } = new()
    {
        Name = "exam-scores", Data = new TableDataset("exam-scores", "exam scores", new Table(
            3, [73, 80, 75, 152], [93, 88, 93, 185], [89, 91, 90, 180], [96, 98, 100, 196], [73, 66, 70, 142])),
        Summary = "three quizzes to the final score, five students", CreateModel = () => new ExamScores(),
        Objective = Objective.MeanSquaredError, Order = SampleOrder.Natural, GlobalBatch = 5, Slots = 5, Epochs = 1001, EvaluateEvery = 100,
        Optimizer = OptimizerSettings.Default(OptimizerKind.Sgd) with { LearningRate = 1e-5 }, Expectation = "cost 1.0794",
    };

    private readonly Linear linear = nn.Linear(3, 1);

    /// <summary>Weights and bias are 0.</summary>
    public ExamScores() : base(nameof(ExamScores))
    {
        RegisterComponents();
        nn.init.zeros_(linear.weight);
        nn.init.zeros_(linear.bias!);
    }

    /// <inheritdoc />
    public override Tensor forward(Tensor x) => linear.call(x);   // [B, 3] → [B, 1]
}
