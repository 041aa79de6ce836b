using System.Runtime.InteropServices;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Computation;

namespace MiniBatch.Worker.Tests.Computation;

public sealed class KernelPinsTests
{
    [Theory]
    [InlineData(CpuCapability.Avx512, "avx512", "AVX512_CORE")]
    [InlineData(CpuCapability.Avx2, "avx2", "AVX2")]
    [InlineData(CpuCapability.Default, "default", "SSE41")]
    public void Variables_hold_every_library_to_the_instruction_set_and_to_one_thread(CpuCapability capability, string aten, string oneDnn)
    {
        var variables = KernelPins.Variables(capability).ToDictionary(v => v.Name, v => v.Value);

        Assert.Equal((aten, oneDnn), (variables["ATEN_CPU_CAPABILITY"], variables["ONEDNN_MAX_CPU_ISA"]));
        Assert.All(variables.Where(v => v.Key.EndsWith("NUM_THREADS", StringComparison.Ordinal)), v => Assert.Equal("1", v.Value));
    }

    [Fact]
    public void Cublas_gets_a_workspace_so_that_it_repeats_itself() =>
        Assert.Contains(("CUBLAS_WORKSPACE_CONFIG", ":4096:8"), KernelPins.Variables(CpuCapability.Default));

    [Fact]
    public void Native_code_of_this_process_sees_them()
    {
        foreach (var (name, value) in KernelPins.Variables(Runs.Capability))
            Assert.Equal(value, Marshal.PtrToStringUTF8(GetEnvironment(name)));
    }

    [Fact]
    public void Another_instruction_set_than_the_first_is_refused_and_both_are_named()
    {
        KernelPins.Apply(Runs.Capability);
        var other = Runs.Capability == CpuCapability.Avx2 ? CpuCapability.Default : CpuCapability.Avx2;

        var error = Assert.Throws<UserErrorException>(() => KernelPins.Apply(other));

        Assert.Contains(Runs.Capability.ToString(), error.Message);
        Assert.Contains(other.ToString(), error.Message);
    }

    [DllImport("libc", EntryPoint = "getenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern IntPtr GetEnvironment(string name);
}
