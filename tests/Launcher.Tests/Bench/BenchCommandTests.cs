using MiniBatch.Launcher.Commands;
using MiniBatch.Shared.CommandLine;

namespace MiniBatch.Launcher.Tests.Bench;

[Collection(nameof(Console))]
public sealed class BenchCommandTests
{
    [Theory]
    [InlineData("bench transformer", "there is no 'transformer' to measure; there are softmax, mlp, cnn and all")]
    [InlineData("bench all --batch 201", "--batch 201: give an even number, for DDP's 2 processes share it equally")]
    [InlineData("bench all --rounds 0", "--rounds 0: give a whole number from 1 to 1000")]
    public void Wrong_flag_is_one_line_and_exit_code_2(string commandLine, string line)
    {
        var standardError = Console.Error;
        using var errors = new StringWriter();
        Console.SetError(errors);
        try
        {
            Assert.Equal(2, CommandHost.Run(LauncherCommand.Create(), commandLine.Split(' ')));
        }
        finally
        {
            Console.SetError(standardError);
        }

        Assert.StartsWith($"minibatch: {line}", errors.ToString());
    }
}
