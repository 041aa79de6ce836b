using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Workloads;

/// <summary>Every workload that <c>./cluster train</c> knows, by name.</summary>
public static class WorkloadCatalog
{
    /// <summary>In the order in which the course meets them.</summary>
    public static IReadOnlyList<Workload> All { get; } =
    [
        HoursPoints.Workload, HoursPoints.Doubled, ExamScores.Workload, DogWolf.Workload, RandomRegression.Summed, RandomRegression.Averaged,
        TwoClouds.Workload, Gates.And, Gates.Or, Gates.XorPerceptron, Xor.Workload, XorDeep.Workload, Spiral.Workload,
        Softmax.Mnist, Mlp.Mnist, Cnn.Mnist, FastCnn.Mnist, Softmax.Fashion, Mlp.Fashion, Cnn.Fashion,
    ];

    /// <summary>The workload of that name.</summary>
    /// <exception cref="UserErrorException">There is none; the message lists those there are.</exception>
    public static Workload Get(string name) =>
        All.FirstOrDefault(workload => workload.Name == name)
        ?? throw new UserErrorException(
            $"unknown workload '{name}'; there are {string.Join(", ", All.Select(workload => workload.Name))}",
            UserErrorException.Usage);
}
