using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Devices;

/// <summary>Which worker computes where.</summary>
public static class DeviceChoice
{
    /// <summary>
    /// The device of every worker of this machine: workers take turns on its GPUs (cuda:0, cuda:1, cuda:0, …), unless one is
    /// asked for by its number. More workers than GPUs share them.
    /// </summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="found">What there is.</param>
    /// <param name="workers">How many, ≥ 1.</param>
    /// <returns>A device a worker, "cpu" or "cuda:n", as torch names it.</returns>
    /// <exception cref="UserErrorException">There is no such device; says what is missing.</exception>
    public static IReadOnlyList<DeviceRequest> Spread(DeviceRequest request, GpuFindings found, int workers)
    {
        var gpus = found.Gpus.Count;
        if (request.Kind == DeviceKind.Cpu || request.Kind == DeviceKind.Auto && gpus == 0)
            return [.. Enumerable.Repeat(DeviceRequest.Cpu, workers)];
        if (gpus == 0) throw Usage($"--device {request}: no GPU can be used here: {found.Problem}");
        if (request.Index >= gpus)
        {
            throw Usage(
                $"--device {request}: there {(gpus == 1 ? "is 1 GPU" : $"are {gpus} GPUs")} here,"
                + $" {(gpus == 1 ? "cuda:0" : $"cuda:0 to cuda:{gpus - 1}")}; take one of these, or --device cuda for any");
        }
        return [.. Enumerable.Range(0, workers).Select(worker => new DeviceRequest(DeviceKind.Cuda, request.Index ?? worker % gpus))];
    }

    private static UserErrorException Usage(string message) => new(message, UserErrorException.Usage);
}
