using MiniBatch.Launcher.Commands;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Tests.Logs;

/// <summary>What a user sees of <c>logs</c>, of files as nodes leave them.</summary>
[Collection(nameof(Console))]
public sealed class LogsCommandTests : IDisposable
{
    private readonly RunDirectory _directory = new(Directory.CreateTempSubdirectory("minibatch-test-").FullName);

    public LogsCommandTests()
    {
        Directory.CreateDirectory(_directory.Logs);
        Put("coordinator",
            Line(1, "Information", "worker-ready", "coordinator", "worker-1 is ready"),
            Line(4, "Warning", "worker-lost", "coordinator", "worker-1 is gone"),
            Line(5, "Debug", "checkpoint-written", "coordinator", "checkpoint of version 7 is written"),
            Line(9, "Information", "run-completed", "coordinator", "all 1 epochs are trained"));
        Put("supervisor", Line(3, "Warning", "worker-died", "supervisor", "worker-1 was killed by SIGKILL"));
        Put("worker-1", Line(0, "Information", "joining", "worker-1", "joining"), Line(6, "Information", "joining", "worker-1", "joining"));
    }

    public void Dispose() => Directory.Delete(_directory.Root, recursive: true);

    [Fact]
    public void Files_are_merged_by_time()
    {
        var (exitCode, output, errors) = Logs();
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Equal(
            [
                "INF worker-1     joining", "INF coordinator  worker-1 is ready", "WRN supervisor   worker-1 was killed by SIGKILL", "WRN coordinator  worker-1 is gone",
                "INF worker-1     joining", "INF coordinator  all 1 epochs are trained",
            ],
            Lines(output).Select(line => line[13..]));
        Assert.All(Lines(output), line => Assert.Matches(@"^\d\d:\d\d:0\d\.000 ", line));
    }

    [Fact]
    public void Lines_of_one_time_stand_as_in_their_files_and_files_by_their_names()
    {
        Put("coordinator", Line(2, "Information", "listening", "coordinator", "a"), Line(2, "Information", "listening", "coordinator", "b"));
        Put("worker-1", Line(2, "Information", "joining", "worker-1", "c"));
        File.Delete(Path.Combine(_directory.Logs, "supervisor.jsonl"));
        Assert.Equal(["a", "b", "c"], Lines(Logs().Output).Select(line => line[30..]));
    }

    [Theory]
    [InlineData("--node worker-1", 2)]
    [InlineData("--node coordinator,supervisor", 4)]
    [InlineData("--event worker-lost", 1)]
    [InlineData("--event 204,worker-died", 2)]
    [InlineData("--event checkpoint-written", 1)]
    [InlineData("--event checkpoint-written --level warning", 0)]
    [InlineData("--level debug", 7)]
    [InlineData("--level warning", 2)]
    [InlineData("--level error", 0)]
    [InlineData("--node coordinator --event worker-ready,run-completed", 2)]
    public void Lines_are_chosen(string flags, int count) => Assert.Equal(count, Lines(Logs(flags.Split(' ')).Output).Length);

    [Fact]
    public void Raw_lines_are_passed_on_as_they_are() =>
        Assert.Equal(Line(3, "Warning", "worker-died", "supervisor", "worker-1 was killed by SIGKILL") + "\n", Logs("--node", "supervisor", "--json").Output);

    [Fact]
    public void Torn_and_strange_lines_are_told_once_a_file_and_passed_over()
    {
        Put("worker-1", """{"@t":"2026-11-""", Line(6, "Information", "joining", "worker-1", "joining"), "what?");
        File.AppendAllText(Path.Combine(_directory.Logs, "supervisor.jsonl"), """{"@t":""");
        var (exitCode, output, errors) = Logs();
        Assert.Equal((0, 5), (exitCode, Lines(output).Length));
        Assert.Collection(
            Lines(errors),
            line => Assert.StartsWith($"minibatch: {_directory.Logs}/worker-1.jsonl, line 1: no whole event", line, StringComparison.Ordinal),
            line => Assert.StartsWith($"minibatch: {_directory.Logs}/supervisor.jsonl, line 2: no whole event", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--node worker-7", "there is no log of a node 'worker-7'; there are coordinator, supervisor, worker-1")]
    [InlineData("--event worker-lots", "there is no event 'worker-lots'; there are workers-missing, worker-admitted, ")]
    [InlineData("--event 999", "there is no event '999'; all are in docs/LOGS.md")]
    [InlineData("--level loud", "--level loud: give one of debug, information, warning, error")]
    public void What_there_is_not_is_one_line_with_what_there_is(string flags, string says)
    {
        var (exitCode, output, errors) = Logs(flags.Split(' '));
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(says, Assert.Single(Lines(errors)), StringComparison.Ordinal);
    }

    [Fact]
    public void Directory_without_logs_is_one_line()
    {
        Directory.Delete(_directory.Logs, recursive: true);
        var (exitCode, _, errors) = Logs();
        Assert.Equal(2, exitCode);
        Assert.Contains("holds no logs", Assert.Single(Lines(errors)), StringComparison.Ordinal);
    }

    [Fact]
    public void Following_a_run_that_is_over_ends()
    {
        File.WriteAllText(_directory.Summary, "{}");
        Assert.Equal(6, Lines(Logs("--follow").Output).Length);
    }

    private (int ExitCode, string Output, string Errors) Logs(params string[] flags)
    {
        var (standardOutput, standardError) = (Console.Out, Console.Error);
        using var output = new StringWriter();
        using var errors = new StringWriter();
        Console.SetOut(output);
        Console.SetError(errors);
        try
        {
            return (CommandHost.Run(LauncherCommand.Create(), ["logs", _directory.Root, .. flags]), output.ToString(), errors.ToString());
        }
        finally
        {
            Console.SetOut(standardOutput);
            Console.SetError(standardError);
        }
    }

    private void Put(string node, params string[] lines) => File.WriteAllText(Path.Combine(_directory.Logs, $"{node}.jsonl"), string.Concat(lines.Select(line => line + "\n")));

    private static string Line(int second, string level, string name, string node, string message) =>
        $$"""{"@t":"2026-11-21T11:35:0{{second}}.0000000Z","@l":"{{level}}","@i":1,"event":"{{name}}","source":"node","node":"{{node}}","@m":"{{message}}"}""";

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
