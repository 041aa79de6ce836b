using System.Runtime.InteropServices;
using MiniBatch.Launcher.Bench;

namespace MiniBatch.Launcher.Tests.Bench;

public sealed class MachineTests
{
    [Fact]
    public void Processor_is_the_model_that_linux_names() =>
        Assert.Equal(
            "AMD EPYC 7B13: 64 cores",
            Machine.ProcessorOf(["processor\t: 0", "model\t\t: 1", "model name\t: AMD EPYC 7B13: 64 cores", "model name\t: another"]));

    [Fact]
    public void Processor_without_a_name_is_its_architecture() =>
        Assert.Equal(RuntimeInformation.ProcessArchitecture.ToString(), Machine.ProcessorOf(["processor\t: 0"]));
}
