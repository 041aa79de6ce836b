using MiniBatch.Launcher.Bench;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Launcher.Tests.Bench;

/// <summary>What the tests measure, in imagination.</summary>
internal static class Jobs
{
    /// <summary>One epoch of warm-up and two that count, of 3 steps of 10 samples.</summary>
    public static BenchJob Job(string workload = "mnist-cnn", string dataDirectory = "/data", DeviceRequest? device = null) => new()
    {
        Workload = WorkloadCatalog.Get(workload), GlobalBatch = 10, Slots = 2, Device = device ?? DeviceRequest.Cpu, Length = new BenchLength(3, 1, 2), DataDirectory = dataDirectory,
    };

    /// <summary>A report of a slow warm-up, then these many seconds for each epoch of 30 samples.</summary>
    public static BenchReport Report(params double[] seconds) => new()
    {
        Engine = "imaginary", ParameterCount = 1, LastLoss = 0.5, Ended = DateTimeOffset.UnixEpoch,
        Epochs = [new BenchEpoch(30, 1000), .. seconds.Select(one => new BenchEpoch(30, one))],
    };
}
