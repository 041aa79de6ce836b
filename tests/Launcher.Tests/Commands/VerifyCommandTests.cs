using MiniBatch.Launcher.Commands;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tests.Ledger;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Launcher.Tests.Commands;

/// <summary>What a user sees of <c>verify</c>, on a run directory with MNIST's first hundred samples.</summary>
[Collection(nameof(Console))]
public sealed class VerifyCommandTests : IDisposable
{
    private static readonly Lazy<ImageDataset> Mnist = new(() =>
        ImageDataset.Load(DatasetCatalog.Mnist, DatasetLocator.FindOrFetch(DatasetCatalog.Mnist, dataDirectory: null, _ => { })));

    private readonly RunDirectory _directory = new(Directory.CreateTempSubdirectory("minibatch-test-").FullName);

    public void Dispose() => Directory.Delete(_directory.Root, recursive: true);

    [Fact]
    public void Sound_run_is_reported_with_its_numbers_and_exit_code_0()
    {
        Put();
        var (exitCode, output, errors) = Verify(_directory.Root);

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains("16 lines", output);
        Assert.Contains("16 of 16, 2 of 2 epochs complete", output);
        Assert.Contains("192, 150,720 bytes", output);
        Assert.Contains("completed after 16 steps", output);
        Assert.Contains("3 parameters", output);
        Assert.EndsWith("verified\n", output);
    }

    [Fact]
    public void Killed_run_is_verified_as_far_as_it_came()
    {
        Put();
        File.Delete(_directory.Summary);
        File.Delete(_directory.Model);
        File.WriteAllBytes(_directory.Ledger, File.ReadAllBytes(_directory.Ledger)[..^1]);
        var (exitCode, output, errors) = Verify(_directory.Root);

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains("15 of 16, 1 of 2 epochs complete", output);
        Assert.Contains("there is none: the run is under way, or was killed", output);
        Assert.Contains("line 16 was not written to its end", output);
        Assert.EndsWith("verified\n", output);
    }

    [Fact]
    public void Tampered_ledger_is_one_line_and_exit_code_1()
    {
        Put();
        var lines = File.ReadAllLines(_directory.Ledger);
        lines[6] = lines[6].Replace("\"correct\":2", "\"correct\":3", StringComparison.Ordinal);
        File.WriteAllLines(_directory.Ledger, lines);

        AssertOneLine("steps.jsonl line 7: its chain does not follow");
    }

    [Fact]
    public void Ledger_of_other_samples_is_one_line_and_exit_code_1()
    {
        Put();
        RunDirectory.WriteJson(_directory.Spec, WrittenRun.SmallSpec with { Seed = 8 });

        AssertOneLine("steps.jsonl line 1: slot 0 took other samples (their CRC-32C is ");
    }

    [Fact]
    public void Other_dataset_in_the_spec_is_one_line_and_exit_code_1()
    {
        Put();
        RunDirectory.WriteJson(_directory.Spec, WrittenRun.SmallSpec with { DatasetSha256 = "f00" });

        AssertOneLine("spec.json: datasetSha256 is f00, and mnist is ");
    }

    [Fact]
    public void Summary_that_disagrees_is_one_line_and_exit_code_1()
    {
        var run = Put();
        RunDirectory.WriteJson(_directory.Summary, run.Summary with { Steps = 17 });

        AssertOneLine("summary.json: 17 steps in 16 updates, where steps.jsonl has 16 updates");
    }

    [Fact]
    public void Sound_run_with_its_last_checkpoint_is_verified_and_says_so()
    {
        Put().PutCheckpoint(_directory);
        var (exitCode, output, errors) = Verify(_directory.Root);

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains("version 16, the newest: whole, and written under this spec", output);
        Assert.EndsWith("verified\n", output);
    }

    [Fact]
    public void Changed_spec_is_one_line_and_exit_code_1()
    {
        var run = Put();
        run.PutCheckpoint(_directory);
        RunDirectory.WriteJson(_directory.Spec, run.Spec with { Optimizer = run.Spec.Optimizer with { WeightDecay = 0.5 } });

        AssertOneLine("spec.json: it has changed since checkpoints/0000000016.safetensors was written");
    }

    [Fact]
    public void Changed_state_is_one_line_and_exit_code_1_where_the_ledger_does_not_end_with_its_hash()
    {
        var run = new WrittenRun(WrittenRun.SmallSpec, Mnist.Value.Train);
        run.Lines[^1] = run.Lines[^1] with { StateSha256 = null };
        run.Put(_directory);
        run.PutCheckpoint(_directory);
        RunDirectory.WriteJson(_directory.Summary, run.Summary with { StateSha256 = new string('0', 64) });

        AssertOneLine("summary.json: stateSha256 is 0000");
    }

    [Fact]
    public void Claim_of_bits_that_repeat_is_one_line_and_exit_code_1_where_arithmetic_was_mixed()
    {
        Put();
        File.WriteAllText(_directory.Tally, """{ "mixedArithmetic": true }""");

        AssertOneLine("summary.json: it is deterministic, and tally.json says");
    }

    [Fact]
    public void Renamed_weights_are_one_line_and_exit_code_1()
    {
        var run = Put();
        run.PutCheckpoint(_directory);
        Safetensors.Write(_directory.Model, [.. run.Tensors().Select(tensor => tensor.Name == "layer.bias" ? tensor.Renamed("layer.offset") : tensor)]);

        AssertOneLine("model.safetensors: it has no layer.bias");
    }

    [Fact]
    public void Damaged_checkpoint_is_one_line_and_exit_code_1()
    {
        Put().PutCheckpoint(_directory);
        var bytes = File.ReadAllBytes(_directory.NewestCheckpoint!);
        bytes[^1] ^= 1;
        File.WriteAllBytes(_directory.NewestCheckpoint!, bytes);

        AssertOneLine($"{_directory.NewestCheckpoint} is damaged");
    }

    [Fact]
    public void Summary_with_numbers_that_no_run_comes_to_is_one_line_and_exit_code_1()
    {
        var run = Put();
        RunDirectory.WriteJson(_directory.Summary, run.Summary with { ParameterCount = -5 });
        AssertOneLine("summary.json: it can't be read (parameterCount is -5)");
        RunDirectory.WriteJson(_directory.Summary, run.Summary with { Epochs = [null!] });
        AssertOneLine("summary.json: it can't be read (an epoch is null)");
    }

    [Fact]
    public void Summary_that_is_no_json_is_one_line_and_exit_code_1()
    {
        Put();
        File.WriteAllText(_directory.Summary, "{");

        AssertOneLine("summary.json: it can't be read");
    }

    [Fact]
    public void Changed_epochs_are_one_line_and_exit_code_1()
    {
        Put();
        File.WriteAllText(_directory.Epochs, File.ReadAllText(_directory.Epochs).Replace("\n2,", "\n2,1", StringComparison.Ordinal));

        AssertOneLine("epochs.csv line 3: train loss 1");
    }

    [Fact]
    public void Damaged_weights_are_one_line_and_exit_code_1()
    {
        Put();
        var bytes = File.ReadAllBytes(_directory.Model);
        bytes[^1] ^= 1;
        File.WriteAllBytes(_directory.Model, bytes);

        AssertOneLine("model.safetensors: the CRC-32C of parameters and buffers is ");
    }

    [Fact]
    public void Missing_ledger_is_one_line_and_exit_code_1()
    {
        Put();
        File.Delete(_directory.Ledger);

        AssertOneLine($"steps.jsonl: {_directory.Root} has none");
    }

    [Fact]
    public void Directory_without_a_run_is_one_line_and_exit_code_2() => AssertOneLine($"{_directory.Root} holds no run", exitCode: 2);

    private WrittenRun Put()
    {
        var run = new WrittenRun(WrittenRun.SmallSpec, Mnist.Value.Train);
        run.Put(_directory);
        return run;
    }

    private void AssertOneLine(string line, int exitCode = 1)
    {
        var (code, output, errors) = Verify(_directory.Root);

        Assert.StartsWith($"minibatch: {line}", errors);
        Assert.Equal(errors.Length - 1, errors.IndexOf('\n'));
        Assert.Equal((exitCode, ""), (code, output));
    }

    private static (int ExitCode, string Output, string Errors) Verify(string directory)
    {
        var (standardOutput, standardError) = (Console.Out, Console.Error);
        using var output = new StringWriter();
        using var errors = new StringWriter();
        Console.SetOut(output);
        Console.SetError(errors);
        try
        {
            return (CommandHost.Run(LauncherCommand.Create(), ["verify", directory]), output.ToString(), errors.ToString());
        }
        finally
        {
            Console.SetOut(standardOutput);
            Console.SetError(standardError);
        }
    }
}
