using System.Runtime.InteropServices;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Devices;

/// <summary>
/// Holds the native kernels of this process to one instruction set and to one thread, and keeps glibc from giving every step's
/// memory back to the kernel; then loads libtorch, whose MKL and oneDNN read the environment at that moment.
/// </summary>
/// <remarks>
/// Done by the process itself rather than by whoever starts it, so that a worker in a container or started by hand computes
/// the same bits as one of the launcher's. .NET's own SetEnvironmentVariable does not reach native code, hence setenv.
/// </remarks>
public static unsafe partial class KernelPins
{
    private const int MallocTrimThreshold = -1;
    private const int MallocTopPad = -2;
    private const int MallocMmapMax = -4;

    private static readonly Lock Once = new();
    private static CpuCapability? _pinned;

    /// <summary>Pins and loads, once a process. What the environment says of these variables otherwise is not used, and told.</summary>
    /// <exception cref="UserErrorException">The processor lacks the instruction set, the process is pinned to another one already, or
    /// libtorch does not load.</exception>
    /// <exception cref="InvalidOperationException">libtorch was loaded before it was pinned: a defect.</exception>
    public static void Apply(CpuCapability capability)
    {
        lock (Once)
        {
            if (_pinned == capability) return;
            if (_pinned is not null)
                throw new UserErrorException($"this process is held to {_pinned} and the run to {capability}, which only a new process can be; start it anew");
            Require(capability, Processor.WidestCapability);
            if (OperatingSystem.IsLinux()) Pin(capability);
            _pinned = capability;
        }
    }

    /// <summary>Checks that a processor has an instruction set.</summary>
    /// <param name="capability">What is asked for.</param>
    /// <param name="widest">What there is.</param>
    /// <exception cref="UserErrorException">It has not.</exception>
    public static void Require(CpuCapability capability, CpuCapability widest)
    {
        if (capability > widest)
        {
            throw new UserErrorException(
                $"this processor has no {NameOf(capability)}, to which the run is held; start the run with --cpu-capability {NameOf(widest)}, or compute elsewhere");
        }
    }

    /// <summary>What is set for an instruction set.</summary>
    public static IReadOnlyList<(string Name, string Value)> Variables(CpuCapability capability) =>
    [
        ("ATEN_CPU_CAPABILITY", NameOf(capability)),
        ("ONEDNN_MAX_CPU_ISA", capability switch { CpuCapability.Avx512 => "AVX512_CORE", CpuCapability.Avx2 => "AVX2", _ => "SSE41" }),
        // Without it MKL's kernels depend on where in memory their operands lie. On processors of other makers than Intel, MKL
        // takes its AUTO branch for all but COMPATIBLE: that repeats too, but is another arithmetic than Intel's. STRICT is about
        // numbers of threads, and there is one.
        ("MKL_CBWR", capability switch { CpuCapability.Avx512 => "AVX512", CpuCapability.Avx2 => "AVX2", _ => "COMPATIBLE" }),
        // Without a workspace of its own, cuBLAS may choose another kernel each time; it is read when CUDA starts.
        ("CUBLAS_WORKSPACE_CONFIG", ":4096:8"),
        ("OMP_NUM_THREADS", "1"),
        ("MKL_NUM_THREADS", "1"),
    ];

    /// <summary>Variables that the environment sets to something else, as lines for people.</summary>
    /// <param name="capability">What the run is held to.</param>
    /// <param name="environment">The value of a variable; null where it is not set.</param>
    public static IEnumerable<string> Overruled(CpuCapability capability, Func<string, string?> environment) =>
        from variable in Variables(capability)
        let set = environment(variable.Name)
        where set is not null && set != variable.Value
        select $"{variable.Name}={set} of the environment is not used: the run's --cpu-capability {NameOf(capability)} makes it {variable.Value}";

    /// <summary>
    /// Which kernels MKL says it takes, in its own words: "AVX2", "AUTO", … "OFF" where they depend on where operands lie. Null where
    /// this libtorch does not say. Call it after <see cref="Apply"/>.
    /// </summary>
    public static string? MklBranch()
    {
        const int Branch = 1;   // MKL_CBWR_BRANCH; mkl_types.h has the answers too
        if (Libtorch.Loaded() is not { } libtorch || !NativeLibrary.TryGetExport(libtorch, "mkl_serv_cbwr_get", out var get)) return null;
        return ((delegate* unmanaged<int, int>)get)(Branch) switch
        {
            1 => "OFF", 2 => "AUTO", 3 => "COMPATIBLE", 10 => "AVX2", 12 => "AVX512",
            var other => $"branch {other}",
        };
    }

    private static void Pin(CpuCapability capability)
    {
        if (Libtorch.Loaded() is not null) throw new InvalidOperationException("libtorch was loaded before its kernels were pinned");
        foreach (var line in Overruled(capability, Environment.GetEnvironmentVariable)) NodeEvents.EnvironmentOverruled.Write("{line:l}", line);
        foreach (var (name, value) in Variables(capability))
        {
            if (SetEnvironment(name, value, overwrite: 1) != 0) throw new InvalidOperationException($"setenv({name}) failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        // A freed gradient is asked for again 10 ms later: what glibc unmaps or trims meanwhile costs a page fault for every 4 KB.
        // No mapping of their own for large blocks, rather than a high threshold for it: of that, some versions refuse more than 32 MB.
        SetMallocOption(MallocMmapMax, 0);
        SetMallocOption(MallocTrimThreshold, int.MaxValue);
        SetMallocOption(MallocTopPad, 256 << 20);
        Libtorch.Load();
    }

    /// <summary>As <c>--cpu-capability</c> and ATen call it.</summary>
    private static string NameOf(CpuCapability capability) => capability.ToString().ToLowerInvariant();

    /// <summary>A refusal costs only speed, and is the same on every machine with this glibc: it is told, not fatal.</summary>
    private static void SetMallocOption(int parameter, int value)
    {
        if (MallocOption(parameter, value) == 0) NodeEvents.AllocatorNotTuned.Write("glibc refuses mallopt({parameter}, {value}): steps may be slower", parameter, value);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallocOption(int parameter, int value);
}
