namespace MiniBatch.Shared.Devices;

/// <summary>A GPU as its driver describes it.</summary>
/// <param name="Name">"NVIDIA H200".</param>
/// <param name="MemoryBytes">All of its memory, whoever uses it.</param>
public sealed record Gpu(string Name, long MemoryBytes);

/// <summary>The GPUs that a process here can compute on, in CUDA's order: the n-th is cuda:n.</summary>
/// <param name="Gpus">May be empty.</param>
/// <param name="Problem">Why there is none, as a clause; empty where there are some.</param>
/// <param name="IdleGpus">How many the machine has that can't be used: worth telling somebody who did not ask.</param>
public sealed record GpuFindings(IReadOnlyList<Gpu> Gpus, string Problem, int IdleGpus = 0)
{
    /// <summary>There is none.</summary>
    public static GpuFindings None(string problem) => new([], problem);

    /// <summary>
    /// Those that libtorch can use, of those that the driver has. libtorch is asked only where the driver has any: where there
    /// is none, or none is wanted, nothing is loaded and no process is started.
    /// </summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="askDriver">What the driver has: <see cref="CudaDriver.Find"/>.</param>
    /// <param name="askLibtorch">What libtorch sees.</param>
    public static GpuFindings Usable(DeviceRequest request, Func<GpuFindings> askDriver, Func<LibtorchFindings> askLibtorch)
    {
        if (request.Kind == DeviceKind.Cpu) return None("none is wanted");
        var driver = askDriver();
        if (driver.Gpus.Count == 0) return driver;
        var libtorch = askLibtorch();
        if (libtorch.CudaDevices > 0) return new GpuFindings([.. driver.Gpus.Take(libtorch.CudaDevices)], "");
        return new GpuFindings(
            [],
            $"the driver shows {driver.Gpus.Count} × {driver.Gpus[0].Name}, but {libtorch.Engine} has no CUDA, or one that this driver is"
            + " too old for; build with TorchFlavor=cuda-linux (docs/GPU.md)",
            driver.Gpus.Count);
    }
}

/// <summary>What libtorch says of GPUs.</summary>
/// <param name="Engine">Which one, for people: "TorchSharp 0.107.0 with libtorch 2.10.0".</param>
/// <param name="CudaDevices">How many it can compute on.</param>
public sealed record LibtorchFindings(string Engine, int CudaDevices);
