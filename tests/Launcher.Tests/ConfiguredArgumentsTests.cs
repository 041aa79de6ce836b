using System.CommandLine;
using MiniBatch.Launcher.Commands;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Tests;

/// <summary>Flags go before the environment, which goes before the file.</summary>
public sealed class ConfiguredArgumentsTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly Dictionary<string, string> _environment = [];

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void File_gives_what_neither_environment_nor_command_line_do()
    {
        File.WriteAllText(_file, """{ "epochs": 3, "lr": 0.5 }""");

        Assert.Equal(["train", "mnist-cnn", "--config", _file, "--epochs", "3", "--lr", "0.5"], Expand("train", "mnist-cnn", "--config", _file));
    }

    [Fact]
    public void Environment_goes_before_the_file()
    {
        File.WriteAllText(_file, """{ "epochs": 3 }""");
        _environment["MINIBATCH_CONFIG"] = _file;
        _environment["MINIBATCH_EPOCHS"] = "4";

        Assert.Equal(["train", "mnist-cnn", "--epochs", "4"], Expand("train", "mnist-cnn"));
    }

    [Fact]
    public void Command_line_goes_before_both()
    {
        File.WriteAllText(_file, """{ "epochs": 3 }""");
        _environment["MINIBATCH_EPOCHS"] = "4";

        Assert.Equal(
            ["train", "mnist-cnn", "--config", _file, "--epochs", "5"],
            Expand("train", "mnist-cnn", "--config", _file, "--epochs", "5"));
    }

    [Fact]
    public void Flags_that_the_command_does_not_have_are_left_out()
    {
        File.WriteAllText(_file, """{ "epochs": 3 }""");

        Assert.Equal(["data", "--config", _file], Expand("data", "--config", _file));
    }

    [Fact]
    public void Flag_that_no_command_has_is_refused()
    {
        File.WriteAllText(_file, """{ "epoch": 3 }""");

        var error = Assert.Throws<UserErrorException>(() => Expand("train", "mnist-cnn", "--config", _file));

        Assert.Equal($"--config {_file}: no command has a flag --epoch", error.Message);
        Assert.Equal(UserErrorException.Usage, error.ExitCode);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[1]")]
    public void File_that_is_no_object_is_refused(string content)
    {
        File.WriteAllText(_file, content);

        var error = Assert.Throws<UserErrorException>(() => Expand("train", "mnist-cnn", "--config", _file));

        Assert.StartsWith($"--config {_file}: not a JSON object of flags", error.Message);
    }

    private string[] Expand(params string[] args)
    {
        var root = LauncherCommand.Create();
        root.Options.Add(ConfiguredArguments.File);
        return ConfiguredArguments.Expand(root, args, _environment.GetValueOrDefault);
    }
}
