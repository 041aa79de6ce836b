using System.Globalization;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Devices;

/// <summary>What a worker computes on, for people, logs and the summary.</summary>
/// <param name="Device">As torch names it: "cpu", "cuda:1".</param>
/// <param name="Name">The processor's or the GPU's model; empty where it is not known.</param>
/// <param name="MemoryBytes">The GPU's memory, or what the machine lets this process have; 0 where it is not known.</param>
/// <param name="Threads">Threads of one operation on the CPU.</param>
public sealed record ComputeDevice(string Device, string Name, long MemoryBytes, int Threads)
{
    /// <summary>Describes a device of this machine.</summary>
    /// <param name="device">"cpu" or "cuda:n".</param>
    /// <param name="askDriver">Whom to ask about GPUs; not asked about the CPU.</param>
    public static ComputeDevice Describe(DeviceRequest device, Func<GpuFindings> askDriver)
    {
        if (device.Kind == DeviceKind.Cpu)
            return new ComputeDevice(device.ToString(), Processor.Name, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, Threads: 1);
        var gpu = askDriver().Gpus.ElementAtOrDefault(device.Index ?? 0);
        return new ComputeDevice(device.ToString(), gpu?.Name ?? "", gpu?.MemoryBytes ?? 0, Threads: 1);
    }

    /// <summary>"cpu", or "cuda:0 NVIDIA H200": which processor it is matters less than which GPU.</summary>
    public string Short => Device == "cpu" || Name.Length == 0 ? Device : $"{Device} {Name}";

    /// <summary>"cuda:0 NVIDIA H200, 139.8 GiB, 1 thread".</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Device}{(Name.Length > 0 ? $" {Name}" : "")}{(MemoryBytes > 0 ? $", {(double)MemoryBytes / (1L << 30):0.0} GiB" : "")}, {Threads} thread{(Threads == 1 ? "" : "s")}");
}
