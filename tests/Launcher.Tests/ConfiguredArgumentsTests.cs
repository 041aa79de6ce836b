using System.CommandLine;
using System.Text;
using MiniBatch.Coordinator;
using MiniBatch.Launcher.Commands;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker;

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

        Assert.Equal($"--config {_file}: \"epoch\" is no flag of any command; did you mean \"epochs\"?", error.Message);
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

    [Theory]
    [InlineData("epohcs", "epochs")]
    [InlineData("Limit_Train", "limit-train")]
    [InlineData("learning-rate", null)]
    public void Key_that_is_nearly_a_flag_is_answered_with_it(string key, string? near)
    {
        File.WriteAllText(_file, $"{{ \"{key}\": 3 }}");
        Assert.Equal(
            $"--config {_file}: \"{key}\" is no flag of any command" + (near is null ? "" : $"; did you mean \"{near}\"?"),
            Refused("train", "mnist-cnn", "--config", _file));
    }

    [Theory]
    [InlineData("utf-8", true)]
    [InlineData("utf-8", false)]
    [InlineData("utf-16", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16BE", false)]
    [InlineData("utf-32", true)]
    public void File_is_read_in_the_encoding_that_it_has(string encoding, bool hasMark)
    {
        var text = Encoding.GetEncoding(encoding);
        File.WriteAllBytes(_file, [.. hasMark ? text.GetPreamble() : [], .. text.GetBytes("""{ "run-dir": "läufe/1" }""")]);
        Assert.Equal(["train", "mnist-cnn", "--config", _file, "--run-dir", "läufe/1"], Expand("train", "mnist-cnn", "--config", _file));
    }

    [Theory]
    [InlineData("""{ "epochs": 3, "lr": 1, "epochs": 4 }""", "\"epochs\" is there twice; leave one")]
    [InlineData("""{ "config": "other.json" }""", "\"config\" is no flag of any command")]
    [InlineData("""{ "help": true }""", "\"help\" is no flag of any command")]
    [InlineData("""{ "epochs": null }""", "\"epochs\" null: give a text, a number, true or false")]
    [InlineData("""{ "epochs": [1] }""", "\"epochs\" [1]: give a text, a number, true or false")]
    [InlineData("""{ "epochs": "three" }""", "\"epochs\" three: give a whole number, 1 or more")]
    [InlineData("""{ "no-bench-here": true }""", "\"no-bench-here\" is no flag of any command")]
    [InlineData("""{ "verbose": "maybe" }""", "\"verbose\" maybe: give true or false")]
    [InlineData("""{ "run-dir": "~bob/runs" }""", "\"run-dir\" ~bob/runs: ~NAME is not looked up; write the path in full, or ./~bob/runs for a file of that name")]
    public void Error_names_the_file_and_the_key(string content, string says)
    {
        File.WriteAllText(_file, content);
        Assert.StartsWith($"--config {_file}: {says}", Refused("train", "mnist-cnn", "--config", _file));
    }

    [Fact]
    public void Error_in_the_environment_names_the_variable()
    {
        _environment["MINIBATCH_EPOCHS"] = "three";
        Assert.Equal("MINIBATCH_EPOCHS three: give a whole number, 1 or more", Refused("train", "mnist-cnn"));
    }

    [Fact]
    public void Home_folder_is_put_in_place_of_a_tilde_wherever_a_path_is_given()
    {
        var tried = new List<string>();
        foreach (var command in WithTheirOwn([LauncherCommand.Create(), CoordinatorCommand.Create(), WorkerCommand.Create()]))
        {
            foreach (var path in command.Options.Where(option => option.HelpName is "FILE" or "DIR" or "RUN-DIR" or "FILE|RUN-DIR" or "MODEL"))
            {
                Assert.Equal((path.Name, Home + "/x"), (path.Name, command.Parse($"{path.Name}=~/x").GetResult(path)!.GetValueOrDefault<string>()));
                tried.Add(path.Name);
            }
            foreach (var path in command.Arguments.Where(argument => argument.Name is "run-dir"))
                Assert.Equal((command.Name, Home + "/x"), (command.Name, command.Parse("~/x").GetResult(path)!.GetValueOrDefault<string>()));
        }
        // Of train, of data show, of a coordinator and of a worker.
        Assert.All(new[] { "--init-from", "--to", "--termination-log", "--log-dir" }, name => Assert.Contains(name, tried));
    }

    private static IEnumerable<Command> WithTheirOwn(IEnumerable<Command> commands) =>
        commands.SelectMany(command => WithTheirOwn(command.Subcommands).Prepend(command));

    private static string Home => Environment.GetEnvironmentVariable("HOME")!;

    private string Refused(params string[] args)
    {
        var error = Assert.Throws<UserErrorException>(() => Expand(args));
        Assert.Equal(UserErrorException.Usage, error.ExitCode);
        return error.Message;
    }

    private string[] Expand(params string[] args)
    {
        var root = LauncherCommand.Create();
        root.Options.Add(CommandHost.Verbose);
        root.Options.Add(ConfiguredArguments.File);
        return ConfiguredArguments.Expand(root, args, _environment.GetValueOrDefault);
    }
}
