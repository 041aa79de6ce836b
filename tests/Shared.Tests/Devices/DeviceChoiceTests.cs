using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Tests.Devices;

public sealed class DeviceChoiceTests
{
    private static readonly GpuFindings Two = Gpus(2);

    private static GpuFindings Gpus(int count) => new([.. Enumerable.Range(0, count).Select(i => new Gpu($"GPU {i}", 1L << 30))], "");

    private static string Spread(string request, GpuFindings found, int workers)
    {
        Assert.True(DeviceRequest.TryParse(request, out var parsed));
        return string.Join(' ', DeviceChoice.Spread(parsed, found, workers));
    }

    [Theory]
    [InlineData("auto", 0, 2, "cpu cpu")]
    [InlineData("auto", 1, 2, "cuda:0 cuda:0")]
    [InlineData("auto", 2, 5, "cuda:0 cuda:1 cuda:0 cuda:1 cuda:0")]
    [InlineData("cuda", 2, 3, "cuda:0 cuda:1 cuda:0")]
    [InlineData("cuda", 8, 2, "cuda:0 cuda:1")]
    [InlineData("cuda:1", 2, 3, "cuda:1 cuda:1 cuda:1")]
    [InlineData("cpu", 2, 3, "cpu cpu cpu")]
    [InlineData("cpu", 0, 1, "cpu")]
    public void Workers_take_turns_on_the_gpus_unless_told_otherwise(string request, int gpus, int workers, string expected) =>
        Assert.Equal(expected, Spread(request, gpus == 0 ? GpuFindings.None("there is none") : Gpus(gpus), workers));

    [Theory]
    [InlineData("cuda")]
    [InlineData("cuda:0")]
    public void Gpu_where_there_is_none_is_one_line_that_says_what_is_missing(string request)
    {
        var error = Assert.Throws<UserErrorException>(() => Spread(request, GpuFindings.None("there is no NVIDIA driver (x)"), 1));

        Assert.Equal($"--device {request}: no GPU can be used here: there is no NVIDIA driver (x)", error.Message);
        Assert.Equal(UserErrorException.Usage, error.ExitCode);
    }

    [Theory]
    [InlineData(2, "--device cuda:7: there are 2 GPUs here, cuda:0 to cuda:1; take one of these, or --device cuda for any")]
    [InlineData(1, "--device cuda:7: there is 1 GPU here, cuda:0; take one of these, or --device cuda for any")]
    public void Gpu_beyond_those_there_are_is_refused_and_those_are_named(int gpus, string message)
    {
        var error = Assert.Throws<UserErrorException>(() => Spread("cuda:7", Gpus(gpus), 1));

        Assert.Equal((message, UserErrorException.Usage), (error.Message, error.ExitCode));
    }

    [Fact]
    public void Usable_gpus_are_those_that_both_driver_and_libtorch_have()
    {
        var asked = GpuFindings.Usable(DeviceRequest.AnyGpu, () => Gpus(3), () => new LibtorchFindings("x", 2));

        Assert.Equal(["GPU 0", "GPU 1"], asked.Gpus.Select(gpu => gpu.Name));
        Assert.Equal(("", 0), (asked.Problem, asked.IdleGpus));
    }

    [Fact]
    public void Libtorch_without_cuda_is_told_apart_from_a_machine_without_gpus()
    {
        var found = GpuFindings.Usable(DeviceRequest.Auto, () => Two, () => new LibtorchFindings("TorchSharp 0.107.0 with libtorch 2.10.0", 0));

        Assert.Equal(2, found.IdleGpus);
        Assert.StartsWith("the driver shows 2 × GPU 0, but TorchSharp 0.107.0 with libtorch 2.10.0 has no CUDA", found.Problem);
        Assert.Contains("TorchFlavor=cuda-linux", found.Problem);
        Assert.Equal("cpu", Spread("auto", found, 1));
        Assert.Contains(found.Problem, Assert.Throws<UserErrorException>(() => Spread("cuda", found, 1)).Message);
    }

    [Fact]
    public void Libtorch_is_not_asked_where_the_driver_has_no_gpu_nor_the_driver_where_none_is_wanted()
    {
        var none = GpuFindings.None("no driver");

        Assert.Same(none, GpuFindings.Usable(DeviceRequest.Auto, () => none, () => throw new InvalidOperationException("asked")));
        Assert.Empty(GpuFindings.Usable(DeviceRequest.Cpu, () => throw new InvalidOperationException("asked"), () => throw new InvalidOperationException("asked")).Gpus);
    }
}
