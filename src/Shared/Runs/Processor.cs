using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace MiniBatch.Shared.Runs;

/// <summary>What this machine's processor is called, and what it can do.</summary>
public static class Processor
{
    private const string LinuxProcessors = "/proc/cpuinfo";

    /// <summary>Its model.</summary>
    public static string Name { get; } = NameIn(File.Exists(LinuxProcessors) ? File.ReadLines(LinuxProcessors) : []);

    /// <summary>The model that Linux names in <c>/proc/cpuinfo</c>; on Arm it names none, and the architecture has to do.</summary>
    public static string NameIn(IEnumerable<string> lines) =>
        lines.FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[^1].Trim()
        ?? RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>What runs are held to unless told otherwise: what every x86-64 machine of the last ten years has.</summary>
    public const CpuCapability CapabilityDefault = CpuCapability.Avx2;

    /// <summary>The same, or the widest of this processor where that is narrower: for what is no run's.</summary>
    public static CpuCapability CapabilityHere => AtMost(CapabilityDefault);

    /// <summary>An instruction set, or the widest of this processor where that is narrower.</summary>
    public static CpuCapability AtMost(CpuCapability capability) => capability < WidestCapability ? capability : WidestCapability;

    /// <summary>The widest instruction set that libtorch's kernels could use here.</summary>
    public static CpuCapability WidestCapability =>
        Avx512F.IsSupported && Avx512F.VL.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported ? CpuCapability.Avx512
        : Avx2.IsSupported && Fma.IsSupported ? CpuCapability.Avx2
        : CpuCapability.Default;
}
