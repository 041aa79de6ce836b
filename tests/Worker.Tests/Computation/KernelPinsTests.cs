using System.Runtime.InteropServices;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Worker.Tests.Computation;

public sealed class KernelPinsTests
{
    [Theory]
    [InlineData(CpuCapability.Avx512, "avx512", "AVX512_CORE", "AVX512")]
    [InlineData(CpuCapability.Avx2, "avx2", "AVX2", "AVX2")]
    [InlineData(CpuCapability.Default, "default", "SSE41", "COMPATIBLE")]
    public void Variables_hold_every_library_to_the_instruction_set_and_to_one_thread(CpuCapability capability, string aten, string oneDnn, string mkl)
    {
        var variables = KernelPins.Variables(capability).ToDictionary(v => v.Name, v => v.Value);

        Assert.Equal((aten, oneDnn, mkl), (variables["ATEN_CPU_CAPABILITY"], variables["ONEDNN_MAX_CPU_ISA"], variables["MKL_CBWR"]));
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
    public void Mkl_computes_by_the_branch_that_it_was_told_or_by_its_reproducible_choice_on_other_makers_processors() =>
        Assert.Contains(KernelPins.MklBranch(), new[] { KernelPins.Variables(Runs.Capability).Single(v => v.Name == "MKL_CBWR").Value, "AUTO" });

    [Fact]
    public void Processor_without_the_instruction_set_is_refused_in_one_line_with_the_mend()
    {
        KernelPins.Require(CpuCapability.Avx2, CpuCapability.Avx2);
        KernelPins.Require(CpuCapability.Avx2, CpuCapability.Avx512);

        var error = Assert.Throws<UserErrorException>(() => KernelPins.Require(CpuCapability.Avx2, CpuCapability.Default));

        Assert.Equal("this processor has no avx2, to which the run is held; start the run with --cpu-capability default, or compute elsewhere", error.Message);
    }

    [Fact]
    public void Environment_that_asks_for_other_kernels_is_overruled_in_a_line_a_variable()
    {
        var environment = new Dictionary<string, string> { ["ATEN_CPU_CAPABILITY"] = "avx512", ["MKL_CBWR"] = "AVX2", ["OMP_NUM_THREADS"] = "8" };

        Assert.Equal(
            [
                "ATEN_CPU_CAPABILITY=avx512 of the environment is not used: the run's --cpu-capability avx2 makes it avx2",
                "OMP_NUM_THREADS=8 of the environment is not used: the run's --cpu-capability avx2 makes it 1",
            ],
            KernelPins.Overruled(CpuCapability.Avx2, environment.GetValueOrDefault));
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
