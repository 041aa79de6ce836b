using System.Runtime.Intrinsics.X86;

namespace MiniBatch.Shared.Runs;

/// <summary>What this machine's processor can do.</summary>
public static class Processor
{
    /// <summary>The widest instruction set that libtorch's kernels could use here.</summary>
    public static CpuCapability WidestCapability =>
        Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported ? CpuCapability.Avx512
        : Avx2.IsSupported && Fma.IsSupported ? CpuCapability.Avx2
        : CpuCapability.Default;
}
