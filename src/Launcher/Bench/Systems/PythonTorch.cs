using System.Diagnostics;
using MiniBatch.Shared.Datasets;

namespace MiniBatch.Launcher.Bench.Systems;

/// <summary>PyTorch: <c>ddp.py</c> in one process, or in several with DistributedDataParallel over gloo.</summary>
/// <param name="Python">An interpreter that has torch.</param>
/// <param name="Script">Path of <c>ddp.py</c>.</param>
/// <param name="Processes">How many; one trains without DDP.</param>
public sealed record PythonTorch(string Python, string Script, int Processes)
    : BenchSystem(Processes == 1 ? "PyTorch, 1 process" : $"PyTorch DDP, {Processes} processes", Processes)
{
    /// <summary>
    /// What MiniBatch's worker does for itself (<c>KernelPins</c>), done here for PyTorch so that neither has an advantage: one
    /// thread, and an allocator that keeps its memory. Which kernels it uses is left to PyTorch.
    /// </summary>
    private static readonly (string Name, string Value)[] Tuning =
    [
        ("OMP_NUM_THREADS", "1"), ("OPENBLAS_NUM_THREADS", "1"), ("MKL_NUM_THREADS", "1"),
        ("MALLOC_MMAP_MAX_", "0"), ("MALLOC_TRIM_THRESHOLD_", "2147483647"), ("MALLOC_TOP_PAD_", "268435456"),
        ("GLOO_SOCKET_IFNAME", "lo"),
    ];

    /// <inheritdoc />
    public override ProcessStartInfo Process(BenchJob job, string directory)
    {
        var optimizer = job.Workload.Optimizer;
        var files = DatasetCatalog.Get(job.Workload.Dataset).Files;
        var info = StartInfo(
            Python,
            [
                Script, "--model", job.Model, "--optimizer", optimizer.Name, "--lr", BenchJob.Text(optimizer.LearningRate),
                .. Given("--momentum", optimizer.Momentum), .. Given("--beta1", optimizer.Beta1),
                .. Given("--beta2", optimizer.Beta2), .. Given("--epsilon", optimizer.Epsilon),
                "--images", PathOf(job, files[0]), "--labels", PathOf(job, files[1]), "--samples", BenchJob.Text(job.TrainCount),
                "--batch", BenchJob.Text(job.GlobalBatch), "--epochs", BenchJob.Text(job.Length.Epochs),
                "--processes", BenchJob.Text(Processes), "--device", job.OneDevice.ToString(), "--report", ReportIn(directory),
            ]);
        foreach (var (name, value) in Tuning) info.Environment[name] = value;
        // Whoever runs us may be a rank of something else.
        info.Environment.Remove("RANK");
        return info;
    }

    private static string[] Given(string flag, double? number) => number is { } given ? [flag, BenchJob.Text(given)] : [];

    private static string PathOf(BenchJob job, DatasetFile file) =>
        DatasetFiles.PathIn(job.DataDirectory, file) ?? throw new DatasetException($"{job.DataDirectory} has no {file.Name}");
}
