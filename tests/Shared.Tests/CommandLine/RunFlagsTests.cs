using System.CommandLine;
using System.Text.Json;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Tests.CommandLine;

public sealed class RunFlagsTests
{
    private readonly RunFlags _flags = new();
    private readonly Command _command = new("train");

    public RunFlagsTests() => _flags.AddTo(_command);

    [Theory]
    [InlineData("--epochs 7", "Epochs: the run has 15, the command line 7")]
    [InlineData("--lr 0.2 --slots 2", "Slots: the run has 4, the command line 2; LearningRate: the run has 0.1, the command line 0.2")]
    [InlineData("--clip-norm 5", "Clip: the run has none, the command line norm 5")]
    [InlineData("--warmup-steps 9", "WarmupSteps: the run has 0, the command line 9")]
    public void Run_that_is_gone_on_with_otherwise_than_it_began_is_refused_with_what_differs(string flags, string difference)
    {
        var stored = _flags.Spec(_command.Parse("mnist-softmax"), DateTimeOffset.UnixEpoch);
        var error = Assert.Throws<UserErrorException>(() => _flags.Resume(_command.Parse($"mnist-softmax {flags}"), stored));
        Assert.Equal($"a run is resumed with its own spec ({difference}); leave these flags out, or start a new run", error.Message);
    }

    [Theory]
    [InlineData("", CpuCapability.Avx2)]
    [InlineData("--cpu-capability default", CpuCapability.Default)]
    [InlineData("--cpu-capability avx512", CpuCapability.Avx512)]
    public void Instruction_set_is_avx2_on_every_machine_unless_it_is_named(string flags, CpuCapability capability) =>
        Assert.Equal(capability, _flags.Spec(_command.Parse($"mnist-softmax {flags}"), DateTimeOffset.UnixEpoch).CpuCapability);

    [Fact]
    public void Run_that_was_begun_by_a_build_with_other_kernels_is_not_gone_on_with()
    {
        var json = JsonSerializer.Serialize(_flags.Spec(_command.Parse("mnist-softmax"), DateTimeOffset.UnixEpoch), Json.Indented);
        var stored = JsonSerializer.Deserialize<RunSpec>(json.Replace("\"format\": 2,", "", StringComparison.Ordinal), Json.Indented)!;

        var error = Assert.Throws<UserErrorException>(() => _flags.Resume(_command.Parse(""), stored));

        Assert.Equal(
            "the run's spec.json is of format 0, and this program computes by format 2, whose kernels round differently;"
            + " resume it with the build that started it, or start a new run",
            error.Message);
    }
}
