using MiniBatch.Launcher.Commands;
using MiniBatch.Shared.CommandLine;

namespace MiniBatch.Launcher.Tests;

/// <summary>What a user sees of a wrong command line: one line that says what would be right, and exit code 2.</summary>
[Collection(nameof(Console))]
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("train mnist-cnn --workers 0", "--workers 0: give a whole number from 1 to 64")]
    [InlineData("train mnist-cnn --workers many", "--workers many: give a whole number from 1 to 64")]
    [InlineData("train mnist-cnn --device gpu", "--device gpu: give one of auto, cpu, cuda (any GPU) or cuda:N (that one)")]
    [InlineData("train mnist-cnn --device cuda:99", "--device cuda:99: ")]
    [InlineData("train mnist-cnn --device cuda:", "--device cuda:: give one of auto, cpu, cuda (any GPU) or cuda:N (that one)")]
    [InlineData("train mnist-cnn --wait-for-workers soon", "--wait-for-workers soon: give a time such as 30s, 5min or 2h")]
    [InlineData("train mnist-cnn --epochs 2147483648", "--epochs 2147483648: give a whole number from 1 to 2147483647")]
    [InlineData("train mnist-cnn --seed 18446744073709551616", "--seed 18446744073709551616: give a whole number from 0 to 18446744073709551615")]
    [InlineData("train mnist-cnn --epochs 0", "--epochs 0: give a whole number, 1 or more")]
    [InlineData("train mnist-cnn --batch -1", "--batch -1: give a whole number, 1 or more")]
    [InlineData("train mnist-cnn --lr 0", "--lr 0: give a number > 0, such as 0.1")]
    [InlineData("train mnist-cnn --optimizer lion", "--optimizer lion: give one of gd, sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw")]
    [InlineData("train mnist-cnn --seed -3", "--seed -3: give a whole number, 0 or more")]
    [InlineData("train mnist-cnn --batch 2 --slots 4", "--batch 2 is less than the 4 slots")]
    [InlineData("train mnist-cnn --batch 60001", "--batch 60001 is more than the 60000 training samples")]
    [InlineData("train mnist-cnn --momentum 0.5", "--momentum goes with --optimizer momentum")]
    [InlineData("train no-such", "unknown workload 'no-such'; there are hours-points, ")]
    [InlineData("train", "say which workload to train: hours-points, ")]
    [InlineData("train --resume /no/such/run", "/no/such/run holds no run")]
    [InlineData("train --resume", "Required argument missing for option: '--resume'")]
    [InlineData("train mnist-cnn --backup", "Required argument missing for option: '--backup'")]
    [InlineData("train mnist-cnn --log-level loud", "--log-level loud: 'loud' is no level; there are debug, information, warning, error")]
    [InlineData("train mnist-cnn --log-level warning,disk=debug", "--log-level warning,disk=debug: 'disk' is no source; there are node, coordinator, membership, ")]
    [InlineData("train mnist-cnn --log-format xml", "--log-format xml: give one of text, json")]
    [InlineData("logs", "Required argument 'run-dir' missing")]
    [InlineData("logs /no/such/run", "there is no directory /no/such/run")]
    [InlineData("train mnist-cnn --backup maybe", "--backup maybe: give one of on, off")]
    [InlineData("train mnist-cnn --no-such", "Unrecognized command or argument '--no-such'")]
    [InlineData("train mnist-cnn --config no-such.json", "--config no-such.json: there is no such file")]
    [InlineData("bench transformer", "there is no 'transformer' to measure; there are softmax, mlp, cnn and all")]
    [InlineData("bench all --batch 201", "--batch 201: give an even number, for DDP's 2 processes share it equally")]
    [InlineData("bench all --rounds 0", "--rounds 0: give a whole number from 1 to 1000")]
    [InlineData("scale --workers 1,x", "--workers 1,x: give whole numbers from 1 to 4096 with commas between them")]
    [InlineData("scale --workers 0", "--workers 0: give whole numbers from 1 to 4096 with commas between them")]
    [InlineData("scale --floats 100000000", "--floats 100000000: give whole numbers from 1 to 67108864 with commas between them")]
    [InlineData("scale --workers 256 --floats 25000000", "at most 400 million float32s, workers × floats, are measured here; give fewer")]
    [InlineData("scale --seconds 0", "--seconds 0: give a whole number from 1 to 3600")]
    [InlineData("train mnist-cnn --watch-pace -1", "--watch-pace -1: give a number ≥ 0, such as 0.1")]
    [InlineData("lab gravity", "there is no lab 'gravity'; there are learning-rate, optimizers, kill, workers")]
    [InlineData("data imagenet", "there is no dataset 'imagenet'; there are mnist, fashion-mnist")]
    public void Wrong_flag_is_one_line_and_exit_code_2(string commandLine, string line)
    {
        var (exitCode, errors) = Run(commandLine.Split(' '));

        Assert.StartsWith($"minibatch: {line}", errors);
        Assert.Equal(errors.Length - 1, errors.IndexOf('\n'));
        Assert.Equal(2, exitCode);
    }

    [Fact]
    public void Missing_data_directory_is_one_line_and_exit_code_1()
    {
        var (exitCode, errors) = Run("train", "mnist-softmax", "--data", "/no/such/folder");

        Assert.StartsWith("minibatch: --data names /no/such/folder, which does not exist", errors);
        Assert.Equal(errors.Length - 1, errors.IndexOf('\n'));
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public void TensorBoard_folder_that_cannot_be_written_to_is_one_line_and_exit_code_1_before_anything_is_made()
    {
        var runs = Path.Combine(Path.GetTempPath(), $"minibatch-test-{Guid.NewGuid():N}");
        var (exitCode, errors) = Run("train", "hours-points", "--device", "cpu", "--run-dir", runs, "--tensorboard", "/dev/null/logs");

        Assert.StartsWith("minibatch: --tensorboard /dev/null/logs: can't be written to (", errors);
        Assert.Equal(errors.Length - 1, errors.IndexOf('\n'));
        Assert.Equal(1, exitCode);
        Assert.False(Directory.Exists(runs));
    }

    [Fact]
    public void Only_the_command_that_is_typed_is_made_and_all_for_a_name_that_is_none()
    {
        var all = LauncherCommand.Create().Subcommands.Select(command => command.Name).ToArray();

        Assert.All(all, name => Assert.Equal([name], LauncherCommand.Create(name).Subcommands.Select(command => command.Name)));
        Assert.Equal(all, LauncherCommand.Create("--help").Subcommands.Select(command => command.Name));
    }

    private static (int ExitCode, string Errors) Run(params string[] args)
    {
        var standardError = Console.Error;
        using var captured = new StringWriter();
        Console.SetError(captured);
        try
        {
            return (CommandHost.Run(LauncherCommand.Create(), args), captured.ToString());
        }
        finally
        {
            Console.SetError(standardError);
        }
    }
}
