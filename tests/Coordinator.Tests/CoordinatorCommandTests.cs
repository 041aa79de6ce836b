using MiniBatch.Shared.CommandLine;

namespace MiniBatch.Coordinator.Tests;

/// <summary>Whatever a person can mend is one line on standard error and an exit code.</summary>
public sealed class CoordinatorCommandTests
{
    [Theory]
    [InlineData("", "to train: mnist-softmax, ")]
    [InlineData("no-such-workload", "unknown workload 'no-such-workload'; there are mnist-softmax, ")]
    [InlineData("mnist-softmax --no-such-flag", "--no-such-flag")]
    [InlineData("mnist-softmax --batch 0", "--batch 0: give a whole number, 1 or more")]
    [InlineData("mnist-softmax --slots 200", "--batch 100 is less than the 200 slots; take a larger batch or --slots 100")]
    [InlineData("mnist-softmax --limit-train 50", "--batch 100 is more than the 50 training samples")]
    [InlineData("mnist-softmax --optimizer sgdm", "--optimizer sgdm: give one of sgd, momentum, adam")]
    [InlineData("mnist-softmax --momentum 0.5", "--momentum goes with --optimizer momentum, not with sgd")]
    [InlineData("mnist-softmax --lr NaN", "--lr NaN: give a number > 0")]
    [InlineData("mnist-softmax --data-port 70000", "--data-port 70000: give a whole number from 0 to 65535")]
    [InlineData("mnist-softmax --wait-for-workers soon", "--wait-for-workers soon: give a time such as 30s")]
    [InlineData("mnist-softmax --expect-workers 0", "--expect-workers 0")]
    [InlineData("mnist-softmax --host 0.0.0.0", "--public-host")]
    [InlineData("mnist-softmax --secret-file /no/such/file", "--secret-file /no/such/file: there is no such file")]
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
