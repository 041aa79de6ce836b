using System.Globalization;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Launcher.Bench;

/// <summary>One workload as every system is asked to train it.</summary>
public sealed record BenchJob
{
    /// <summary>Steps that take several seconds on two cores, by the model's name.</summary>
    private static readonly Dictionary<string, int> StepsByModel = new() { ["softmax"] = 6000, ["mlp"] = 3000, ["cnn"] = 120 };

    /// <summary>What is trained.</summary>
    public required Workload Workload { get; init; }

    /// <summary>G.</summary>
    public required int GlobalBatch { get; init; }

    /// <summary>M.</summary>
    public required int Slots { get; init; }

    /// <summary>How long.</summary>
    public required BenchLength Length { get; init; }

    /// <summary>Where every system computes: the CPU, any GPU, or one.</summary>
    public required DeviceRequest Device { get; init; }

    /// <summary>The same for a system of one process.</summary>
    public DeviceRequest OneDevice => Device.Kind == DeviceKind.Cuda ? Device with { Index = Device.Index ?? 0 } : Device;

    /// <summary>The folder of the workload's dataset, absolute.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Names of the models that can be measured.</summary>
    public static IReadOnlyList<string> Models => [.. StepsByModel.Keys];

    /// <summary>The model's name: "cnn" of "mnist-cnn".</summary>
    public string Model => Workload.Name[(Workload.Name.LastIndexOf('-') + 1)..];

    /// <summary>Training samples used: one epoch's.</summary>
    public int TrainCount => Length.StepsPerEpoch * GlobalBatch;

    /// <summary>The run's flags, as <c>train</c> and <c>bench-plain</c> take them. One test sample, for evaluation isn't timed.</summary>
    public IReadOnlyList<string> RunArguments =>
    [
        Workload.Name, "--batch", Text(GlobalBatch), "--slots", Text(Slots), "--epochs", Text(Length.Epochs),
        "--limit-train", Text(TrainCount), "--limit-test", "1",
    ];

    /// <summary>The workloads on MNIST that were asked for and are in the catalogue.</summary>
    /// <param name="model">One of <see cref="Models"/>, or "all".</param>
    /// <param name="catalogue">What can be trained.</param>
    /// <exception cref="UserErrorException">There is none.</exception>
    public static IReadOnlyList<Workload> Chosen(string model, IReadOnlyList<Workload> catalogue)
    {
        var names = Models.Where(name => model is "all" || name == model).Select(name => $"mnist-{name}").ToHashSet();
        var chosen = catalogue.Where(workload => names.Contains(workload.Name)).ToArray();
        return chosen.Length > 0
            ? chosen
            : throw new UserErrorException(
                $"there is no '{model}' to measure; there are {string.Join(", ", Models)} and all", UserErrorException.Usage);
    }

    /// <summary>A job.</summary>
    /// <param name="workload">What to train.</param>
    /// <param name="globalBatch">G.</param>
    /// <param name="slots">M.</param>
    /// <param name="steps">Steps to measure; null for the model's usual.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="dataDirectory">The folder of the dataset, absolute.</param>
    public static BenchJob Create(Workload workload, int globalBatch, int slots, int? steps, DeviceRequest device, string dataDirectory)
    {
        var job = new BenchJob
        {
            Workload = workload, GlobalBatch = globalBatch, Slots = slots, Device = device, DataDirectory = dataDirectory,
            Length = new BenchLength(1, 0, 1),
        };
        return job with
        {
            Length = BenchLength.For(steps ?? StepsByModel[job.Model], DatasetCatalog.Get(workload.Dataset).TrainCount / globalBatch),
        };
    }

    internal static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
