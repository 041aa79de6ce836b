using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.LocalRun;

/// <summary>The devices of this machine, for the workers that are started on it.</summary>
public static class LocalDevices
{
    /// <summary>A device a worker, found out and checked before any of them is started.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="workers">How many, ≥ 1.</param>
    /// <param name="say">Gets a line where GPUs stand idle that nobody said to leave alone.</param>
    /// <exception cref="UserErrorException">There is no such device.</exception>
    public static IReadOnlyList<DeviceRequest> For(DeviceRequest request, int workers, Action<string> say)
    {
        var found = GpuFindings.Usable(
            request, () => CudaDriver.Find(), () => LibtorchProbe.Ask(BuiltPrograms.Find(AppContext.BaseDirectory).Worker));
        if (request == DeviceRequest.Auto && found.IdleGpus > 0) say($"computing on the CPU: {found.Problem}");
        return DeviceChoice.Spread(request, found, workers);
    }
}
