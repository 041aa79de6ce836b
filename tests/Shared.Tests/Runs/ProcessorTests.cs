using System.Runtime.InteropServices;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Tests.Runs;

public sealed class ProcessorTests
{
    [Fact]
    public void Name_is_the_model_that_linux_names() =>
        Assert.Equal(
            "AMD EPYC 7B13: 64 cores",
            Processor.NameIn(["processor\t: 0", "model\t\t: 1", "model name\t: AMD EPYC 7B13: 64 cores", "model name\t: another"]));

    [Fact]
    public void Processor_that_linux_does_not_name_is_its_architecture() =>
        Assert.Equal(RuntimeInformation.ProcessArchitecture.ToString(), Processor.NameIn(["processor\t: 0"]));
}
