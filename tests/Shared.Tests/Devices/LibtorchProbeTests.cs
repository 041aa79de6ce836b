using MiniBatch.Shared.Devices;

namespace MiniBatch.Shared.Tests.Devices;

public sealed class LibtorchProbeTests
{
    [Fact]
    public void Answer_is_the_last_line_whatever_a_library_said_before() =>
        Assert.Equal(
            new LibtorchFindings("TorchSharp 0.107.0 with libtorch 2.10.0", 2),
            LibtorchProbe.Read("loading…\n{\"engine\":\"TorchSharp 0.107.0 with libtorch 2.10.0\",\"cudaDevices\":2}\n"));

    [Theory]
    [InlineData("")]
    [InlineData("Unhandled exception.")]
    [InlineData("{\"another\":1}")]
    [InlineData("[]")]
    public void Anything_else_is_no_answer(string output) => Assert.Null(LibtorchProbe.Read(output));
}
