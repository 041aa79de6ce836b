using MiniBatch.Shared.Devices;

namespace MiniBatch.Worker.Tests;

public sealed class DevicesCommandTests
{
    [Fact]
    public void Every_device_is_a_line_that_begins_as_the_flag_takes_it()
    {
        var lines = DevicesCommand.Lines(new GpuFindings([new Gpu("A", 1L << 30), new Gpu("B", 3L << 29)], "")).ToArray();

        Assert.StartsWith("cpu ", lines[0]);
        Assert.Equal(["cuda:0 A, 1.0 GiB, 1 thread", "cuda:1 B, 1.5 GiB, 1 thread"], lines[1..]);
    }

    [Fact]
    public void Where_there_is_no_gpu_a_line_says_why() =>
        Assert.Equal("no GPU: the cat has it", DevicesCommand.Lines(GpuFindings.None("the cat has it")).Last());

    [Fact]
    public void The_program_answers_another_that_asks_what_libtorch_has()
    {
        var found = LibtorchProbe.Ask(typeof(DevicesCommand).Assembly.Location);

        Assert.Contains("libtorch", found.Engine);
        Assert.Equal(TorchSharp.torch.cuda.is_available() ? TorchSharp.torch.cuda.device_count() : 0, found.CudaDevices);
    }

    [Fact]
    public void Program_that_fails_has_no_gpu_and_its_last_words_are_told()
    {
        var found = LibtorchProbe.Ask("/no/such/program.dll");

        Assert.Equal(0, found.CudaDevices);
        Assert.Matches(@"^libtorch, which failed to load \(.+\),$", found.Engine);
    }
}
