using System.Runtime.InteropServices;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Worker.Computation;

/// <summary>
/// Holds the native kernels of this process to one arithmetic and to one thread, and keeps glibc from giving every step's
/// memory back to the kernel; then loads libtorch, whose MKL and oneDNN read the environment at that moment.
/// </summary>
/// <remarks>
/// Done by the process itself rather than by whoever starts it, so that a worker in a container or started by hand computes
/// the same bits as one of the launcher's. .NET's own SetEnvironmentVariable does not reach native code, hence setenv.
/// </remarks>
public static partial class KernelPins
{
    private const int MallocTrimThreshold = -1;
    private const int MallocTopPad = -2;
    private const int MallocMmapThreshold = -3;

    /// <summary>glibc refuses more (HEAP_MAX_SIZE / 2 on 64 bits).</summary>
    private const int MallocMmapThresholdMax = 32 << 20;

    private static readonly Lock Once = new();
    private static CpuCapability? _pinned;

    /// <summary>Pins and loads, once a process.</summary>
    /// <exception cref="UserErrorException">The process is pinned to another instruction set already, or libtorch does not load.</exception>
    public static void Apply(CpuCapability capability)
    {
        lock (Once)
        {
            if (_pinned == capability) return;
            if (_pinned is not null)
                throw new UserErrorException($"this worker is held to {_pinned} and the run to {capability}; start the worker anew");
            _pinned = capability;
            if (!OperatingSystem.IsLinux()) return;
            foreach (var (name, value) in Variables(capability)) SetEnvironment(name, value, overwrite: 1);
            // A freed gradient is asked for again 10 ms later; unmapping it meanwhile costs a third of the time.
            SetMallocOption(MallocMmapThreshold, MallocMmapThresholdMax);
            SetMallocOption(MallocTrimThreshold, int.MaxValue);
            SetMallocOption(MallocTopPad, 256 << 20);
            Libtorch.Load();
        }
    }

    /// <summary>What is set for an instruction set.</summary>
    public static IReadOnlyList<(string Name, string Value)> Variables(CpuCapability capability) =>
    [
        ("ATEN_CPU_CAPABILITY", capability switch { CpuCapability.Avx512 => "avx512", CpuCapability.Avx2 => "avx2", _ => "default" }),
        ("ONEDNN_MAX_CPU_ISA", capability switch { CpuCapability.Avx512 => "AVX512_CORE", CpuCapability.Avx2 => "AVX2", _ => "SSE41" }),
        ("MKL_CBWR", "COMPATIBLE"),
        // Without a workspace of its own, cuBLAS may choose another kernel each time; it is read when CUDA starts.
        ("CUBLAS_WORKSPACE_CONFIG", ":4096:8"),
        ("OMP_NUM_THREADS", "1"),
        ("MKL_NUM_THREADS", "1"),
    ];

    /// <summary>A refusal costs only speed, and is the same on every machine with this glibc: it is told, not fatal.</summary>
    private static void SetMallocOption(int parameter, int value)
    {
        if (MallocOption(parameter, value) == 0) NodeEvents.AllocatorNotTuned.Write("glibc refuses mallopt({parameter}, {value}): steps may be slower", parameter, value);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallocOption(int parameter, int value);
}
