using MiniBatch.Launcher.Commands;
using MiniBatch.Shared.CommandLine;

namespace MiniBatch.Launcher.Tests.Scale;

[Collection(nameof(Console))]
public sealed class ScaleCommandTests
{
    [Theory]
    [InlineData("scale --workers 1,x", "--workers 1,x: give whole numbers from 1 to 4096 with commas between them")]
    [InlineData("scale --workers 0", "--workers 0: give whole numbers from 1 to 4096 with commas between them")]
    [InlineData("scale --floats 100000000", "--floats 100000000: give whole numbers from 1 to 67108864 with commas between them")]
    [InlineData("scale --workers 256 --floats 25000000", "at most 400 million float32s, workers × floats, are measured here; give fewer")]
    [InlineData("scale --seconds 0", "--seconds 0: give a whole number from 1 to 3600")]
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
