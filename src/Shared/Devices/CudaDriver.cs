using System.Runtime.InteropServices;

namespace MiniBatch.Shared.Devices;

/// <summary>
/// Asks NVIDIA's driver for its GPUs, without libtorch: TorchSharp 0.107 tells neither a GPU's name nor its memory, and the
/// launcher loads no libtorch to ask. The driver heeds CUDA_VISIBLE_DEVICES and CUDA_DEVICE_ORDER and so has libtorch's order,
/// which nvidia-smi, that lists all by their place on the bus, has not.
/// </summary>
/// <remarks>CUDA driver API: cuInit, cuDeviceGetCount, cuDeviceGet, cuDeviceGetName, cuDeviceTotalMem, cuGetErrorString. No
/// context is created: it takes none of a GPU's memory.</remarks>
public static unsafe class CudaDriver
{
    /// <summary>The driver's library, on every Linux that has one.</summary>
    public const string Library = "libcuda.so.1";

    private const int NameBytesMax = 256;

    /// <summary>The GPUs that the driver lets this process see.</summary>
    /// <param name="library">Another file than the driver's own, for tests.</param>
    public static GpuFindings Find(string library = Library)
    {
        if (!NativeLibrary.TryLoad(library, out var driver))
            return GpuFindings.None($"there is no NVIDIA driver ({library} is not installed)");
        try
        {
            return Ask(driver);
        }
        catch (EntryPointNotFoundException e)
        {
            return GpuFindings.None($"{library} is no CUDA driver ({e.Message})");
        }
        // Never unloaded: libtorch uses it as well.
    }

    private static GpuFindings Ask(IntPtr driver)
    {
        var initialise = (delegate* unmanaged<uint, int>)NativeLibrary.GetExport(driver, "cuInit");
        var getCount = (delegate* unmanaged<int*, int>)NativeLibrary.GetExport(driver, "cuDeviceGetCount");
        var get = (delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGet");
        var getName = (delegate* unmanaged<byte*, int, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGetName");
        var totalMemory = (delegate* unmanaged<nuint*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceTotalMem_v2");

        int count;
        if (initialise(0) is not 0 and var error) return GpuFindings.None(Explain(driver, error));
        if ((error = getCount(&count)) != 0) return GpuFindings.None(Explain(driver, error));
        var gpus = new List<Gpu>(count);
        var name = stackalloc byte[NameBytesMax];
        for (var ordinal = 0; ordinal < count; ordinal++)
        {
            int device;
            nuint bytes;
            if ((error = get(&device, ordinal)) != 0
                || (error = getName(name, NameBytesMax, device)) != 0
                || (error = totalMemory(&bytes, device)) != 0)
                return GpuFindings.None(Explain(driver, error));
            gpus.Add(new Gpu(Marshal.PtrToStringUTF8((IntPtr)name)!, (long)bytes));
        }
        return gpus.Count > 0 ? new GpuFindings(gpus, "") : GpuFindings.None(WithVisibility("the NVIDIA driver shows no GPU"));
    }

    private static string Explain(IntPtr driver, int error)
    {
        byte* text = null;
        if (NativeLibrary.TryGetExport(driver, "cuGetErrorString", out var address))
            _ = ((delegate* unmanaged<int, byte**, int>)address)(error, &text);
        return WithVisibility($"the NVIDIA driver answers with error {error}{(text is null ? "" : $" ({Marshal.PtrToStringUTF8((IntPtr)text)})")}");
    }

    /// <summary>A forgotten variable hides every GPU.</summary>
    private static string WithVisibility(string problem) =>
        Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is { } visible ? $"{problem}; CUDA_VISIBLE_DEVICES is '{visible}'" : problem;
}
