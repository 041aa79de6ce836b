using System.CommandLine;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Tests.CommandLine;

public sealed class TerminationLogTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"minibatch-termination-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void What_ends_a_node_is_its_last_word()
    {
        Assert.Equal(UserErrorException.Failure, Run(() => throw new UserErrorException("the disk is full; free some of it"), "--termination-log", _path));
        Assert.Equal("the disk is full; free some of it", File.ReadAllText(_path));
    }

    [Fact]
    public void A_command_line_that_makes_no_sense_is_too()
    {
        Assert.Equal(UserErrorException.Usage, Run(() => 0, "--termination-log", _path, "--epochs", "three"));
        Assert.StartsWith("--epochs three: give a whole number, 1 or more", File.ReadAllText(_path));
    }

    [Fact]
    public void What_is_longer_than_Kubernetes_takes_is_cut_and_what_was_there_is_gone()
    {
        File.WriteAllText(_path, new string('x', 10_000));
        TerminationLog.Leave(_path, new string('é', 4000));
        Assert.Equal(new string('é', 2048), File.ReadAllText(_path));
        TerminationLog.Leave(_path, "two\nlines");
        Assert.Equal("two lines", File.ReadAllText(_path));
    }

    [Fact]
    public void A_file_that_can_not_be_written_to_changes_nothing() =>
        Assert.Equal(UserErrorException.Failure, Run(() => throw new UserErrorException("broken"), "--termination-log", $"{_path}/no/such/folder"));

    [Fact]
    public void The_environment_names_it_where_the_command_line_does_not()
    {
        Assert.Equal("/dev/termination-log", TerminationLog.Of(Node(() => 0), [], Named));
        Assert.Equal("/other", TerminationLog.Of(Node(() => 0), ["--termination-log", "/other"], Named));
        Assert.Null(TerminationLog.Of(Node(() => 0), [], _ => null));
    }

    [Fact]
    public void The_home_folder_is_put_in_place_of_a_tilde()
    {
        var home = Environment.GetEnvironmentVariable("HOME");
        Assert.Equal($"{home}/last-words", TerminationLog.Of(Node(() => 0), ["--termination-log=~/last-words"], Named));
        Assert.Equal($"{home}/last-words", TerminationLog.Of(Node(() => 0), [], _ => "~/last-words"));
        Assert.Null(TerminationLog.Of(Node(() => 0), ["--termination-log=~bob/last-words"], Named));
    }

    [Fact]
    public void A_subcommand_leaves_the_nodes_file_alone() => Assert.Null(TerminationLog.Of(Node(() => 0), ["health"], Named));

    [Fact]
    public void A_program_without_the_flag_writes_none() => Assert.Null(TerminationLog.Of(new RootCommand(), [], Named));

    private static string? Named(string variable) => variable == "MINIBATCH_TERMINATION_LOG" ? "/dev/termination-log" : null;

    private static int Run(Func<int> action, params string[] arguments) => CommandHost.Run(Node(action), arguments);

    private static RootCommand Node(Func<int> action)
    {
        var root = new RootCommand { Flag.Integer("--epochs", "how many", 1), TerminationLog.File };
        root.Subcommands.Add(new Command("health"));
        root.SetAction(_ => action());
        return root;
    }
}
