using MiniBatch.Shared.CommandLine;

namespace MiniBatch.Coordinator.Tests;

/// <summary>Whatever a person can mend is one line on standard error and an exit code.</summary>
public sealed class CoordinatorCommandTests
{
    [Theory]
    [InlineData("", "to train: hours-points, ")]
    [InlineData("no-such-workload", "unknown workload 'no-such-workload'; there are hours-points, ")]
    [InlineData("mnist-softmax --no-such-flag", "--no-such-flag")]
    [InlineData("mnist-softmax --batch 0", "--batch 0: give a whole number, 1 or more")]
    [InlineData("mnist-softmax --slots 200", "--batch 100 is less than the 200 slots; take a larger batch or --slots 100")]
    [InlineData("mnist-softmax --limit-train 50", "--batch 100 is more than the 50 training samples")]
    [InlineData("mnist-softmax --optimizer sgdm", "--optimizer sgdm: give one of gd, sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw")]
    [InlineData("mnist-softmax --momentum 0.5", "--momentum goes with --optimizer momentum or nesterov, not with sgd")]
    [InlineData("mnist-softmax --optimizer adam --momentum 0.9", "--momentum goes with --optimizer momentum or nesterov, not with adam")]
    [InlineData("mnist-softmax --alpha 0.5", "--alpha goes with --optimizer rmsprop, not with sgd")]
    [InlineData("mnist-softmax --beta1 0.5", "--beta1 goes with --optimizer adam or adamw, not with sgd")]
    [InlineData("mnist-softmax --beta2 0.5", "--beta2 goes with --optimizer adam or adamw, not with sgd")]
    [InlineData("mnist-softmax --optimizer momentum --epsilon 0.5", "--epsilon goes with --optimizer adagrad or rmsprop or adam or adamw, not with momentum")]
    [InlineData("mnist-softmax --weight-decay -1", "--weight-decay -1: give a number ≥ 0")]
    [InlineData("mnist-softmax --optimizer gd --batch 100", "--optimizer gd takes all 60000 training samples in one step; leave --batch 100 out, or take --optimizer sgd")]
    [InlineData("mnist-softmax --clip-norm 0", "--clip-norm 0: give a number > 0")]
    [InlineData("mnist-softmax --clip-norm 1 --clip-value 1", "--clip-norm and --clip-value are two ways to clip; take one of them")]
    [InlineData("mnist-softmax --schedule linear", "--schedule linear: give one of constant, step, cosine")]
    [InlineData("mnist-softmax --decay-epochs 2", "--decay-epochs goes with --schedule step, not with constant")]
    [InlineData("mnist-softmax --schedule cosine --decay-factor 0.5", "--decay-factor goes with --schedule step, not with cosine")]
    [InlineData("mnist-softmax --schedule step --lr-min 0", "--lr-min goes with --schedule cosine, not with step")]
    [InlineData("mnist-softmax --schedule step --decay-factor 1", "--decay-factor 1: give a number > 0 and < 1")]
    [InlineData("mnist-softmax --schedule cosine --lr-min 0.5", "the schedule does not fit the run: a minimum rate of 0.5 is not between 0 and the learning rate 0.1")]
    [InlineData("mnist-softmax --epochs 1 --warmup-steps 600", "the schedule does not fit the run: 600 warm-up steps are not fewer than the run's 600 steps")]
    [InlineData("mnist-softmax --lr NaN", "--lr NaN: give a number > 0")]
    [InlineData("mnist-softmax --data-port 70000", "--data-port 70000: give a whole number from 0 to 65535")]
    [InlineData("mnist-softmax --wait-for-workers soon", "--wait-for-workers soon: give a time such as 30s")]
    [InlineData("mnist-softmax --expect-workers 0", "--expect-workers 0")]
    [InlineData("mnist-softmax --host 0.0.0.0", "--public-host")]
    [InlineData("mnist-softmax --secret-file /no/such/file", "--secret-file /no/such/file: there is no such file")]
    [InlineData("mnist-softmax --tls-key /no/such/file", "TLS needs all three of --tls-certificate, --tls-key and --tls-ca")]
    [InlineData("mnist-softmax --tls-certificate /no/such/file --tls-key /no/such/key --tls-ca /no/such/ca", "--tls-certificate /no/such/file: there is no such file")]
    public void Wrong_command_line_is_one_line_and_exit_code_2(string arguments, string expected)
    {
        var (exitCode, error) = Run(arguments);
        Assert.Contains(expected, error);
        Assert.Equal(2, exitCode);
    }

    [Fact]
    public void Run_directory_that_cannot_be_made_is_one_line_and_exit_code_1()
    {
        var (exitCode, error) = Run("mnist-softmax --port 0 --run-dir /dev/null/run");
        Assert.StartsWith("minibatch: can't make the run directory /dev/null/run", error);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public void TensorBoard_folder_that_cannot_be_written_to_is_one_line_and_exit_code_1()
    {
        var runs = Path.Combine(Path.GetTempPath(), $"minibatch-test-{Guid.NewGuid():N}");
        var (exitCode, error) = Run($"mnist-softmax --port 0 --run-dir {runs} --tensorboard /dev/null/logs");
        Assert.StartsWith("minibatch: --tensorboard /dev/null/logs: can't be written to (", error);
        Assert.EndsWith("); choose another folder, or make room there\n", error);
        Assert.Equal(1, exitCode);
        Assert.False(Directory.Exists(runs));
    }

    private static (int ExitCode, string Error) Run(string arguments)
    {
        var before = Console.Error;
        using var captured = new StringWriter();
        Console.SetError(captured);
        try
        {
            var exitCode = CommandHost.Run(CoordinatorCommand.Create(), arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            var error = captured.ToString();
            Assert.StartsWith("minibatch: ", error);
            Assert.Equal(1, error.Count(c => c == '\n'));
            return (exitCode, error);
        }
        finally
        {
            Console.SetError(before);
        }
    }
}
