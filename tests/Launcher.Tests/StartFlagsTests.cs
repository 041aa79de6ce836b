using System.CommandLine;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Numerics.Schedules;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Launcher.Tests;

/// <summary>From where on a run is trained: what goes together, and what is one line.</summary>
public sealed class StartFlagsTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("minibatch-start-").FullName;
    private readonly RunFlags _run = new();
    private readonly StartFlags _start = new();
    private readonly Command _command = new("train");

    public StartFlagsTests()
    {
        _run.AddTo(_command);
        _start.AddTo(_command);
    }

    private RunDirectory Held => new(Path.Combine(_home, "held"));

    private string Weights => Path.Combine(_home, "weights.safetensors");

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void New_run_starts_from_its_seed()
    {
        var start = Read("mnist-softmax --epochs 2");
        Assert.Equal((false, null, null), (start.Resumes, start.Point, start.Spec.Origin));
        Assert.EndsWith(Path.Combine("runs", start.Spec.Run.Value), start.Directory.Root);
    }

    [Fact]
    public void Weights_that_are_named_are_part_of_the_spec()
    {
        PutWeights(1);
        var start = Read($"mnist-softmax --init-from {Weights}");
        Assert.Equal(ParameterHash.Sha256OfFloats([1]), start.Spec.Origin!.WeightsSha256);
        Assert.Equal(start.Spec.Origin, start.Point!.Origin);
    }

    [Fact]
    public void Run_that_is_not_complete_is_resumed_as_it_is()
    {
        Hold("stopped");
        Assert.Equal((true, Held, null), (Read($"--resume {Held.Root}").Resumes, Read($"--resume {Held.Root}").Directory, Read($"--resume {Held.Root}").Point));
        AssertUsage($"--resume {Held.Root} --epochs 5", "Epochs: the run has 3, the command line 5");
        AssertUsage($"--resume {Held.Root} --run-dir other", "--resume names the run directory; leave --run-dir out");
        AssertUsage($"--resume {Held.Root} --init-from {Weights}", "leave --init-from out");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void Complete_run_that_is_asked_for_no_more_is_refused(int epochs)
    {
        Hold("completed");
        AssertUsage($"--resume {Held.Root} --epochs {epochs}", $"the run was trained for its 3 epochs and --epochs {epochs} asks for no more; give the epochs in all, more than 3");
    }

    [Fact]
    public void Complete_run_whose_rates_depend_on_its_length_is_refused()
    {
        Hold("completed", spec => spec with { Schedule = ScheduleSettings.Default(ScheduleKind.Cosine, 3) });
        AssertUsage($"--resume {Held.Root} --epochs 5", "the run's cosine schedule came to its end with epoch 3");
    }

    [Fact]
    public void Complete_run_is_gone_on_with_by_its_own_spec_alone()
    {
        Hold("completed");
        AssertUsage($"--resume {Held.Root} --epochs 5 --lr 0.9", "LearningRate: the run has ");
        AssertUsage($"mnist-cnn --resume {Held.Root} --epochs 5", "Workload: the run has mnist-softmax, the command line mnist-cnn");
    }

    [Fact]
    public void Restarted_command_line_finds_the_run_that_it_began()
    {
        PutWeights(1);
        var line = $"mnist-softmax --init-from {Weights} --run-dir {Held.Root}";
        var begun = Read(line, ifAny: true);
        Assert.False(begun.Resumes);
        Directory.CreateDirectory(Held.Root);
        RunDirectory.WriteJson(Held.Spec, begun.Spec);

        Assert.Equal((true, begun.Spec), (Read(line, ifAny: true).Resumes, Read(line, ifAny: true).Spec));
        PutWeights(2);
        AssertUsage(line, "the run started from weights ", ifAny: true);
        File.Delete(Weights);
        Assert.Equal(begun.Spec, Read(line, ifAny: true).Spec);
    }

    private ChosenStart Read(string line, bool ifAny = false) => _start.Read(_command.Parse(line), _run, DateTimeOffset.UnixEpoch, ifAny);

    private void AssertUsage(string line, string says, bool ifAny = false)
    {
        var error = Assert.Throws<UserErrorException>(() => Read(line, ifAny));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Equal(UserErrorException.Usage, error.ExitCode);
    }

    private void PutWeights(float value) => Safetensors.Write(Weights, [NamedTensor.OfFloats("linear.bias", [1], [value])]);

    private void Hold(string outcome, Func<RunSpec, RunSpec>? but = null)
    {
        Directory.CreateDirectory(Held.Root);
        var spec = Read("mnist-softmax --epochs 3").Spec;
        RunDirectory.WriteJson(Held.Spec, but?.Invoke(spec) ?? spec);
        File.WriteAllText(Held.Summary, $"{{ \"outcome\": \"{outcome}\" }}");
    }
}
