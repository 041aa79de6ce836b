using System.CommandLine;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Tests.LocalRun;

public sealed class ResumableRunTests : IDisposable
{
    private readonly RunDirectory _directory = new(Directory.CreateTempSubdirectory("minibatch-resume-").FullName);

    public void Dispose() => Directory.Delete(_directory.Root, recursive: true);

    [Theory]
    [InlineData("stopped")]
    [InlineData("failed")]
    public void Run_that_did_not_complete_can_be_gone_on_with(string outcome)
    {
        HoldRun();
        EndAs(outcome);

        Assert.Equal(_directory, ResumableRun.Open(_directory.Root));
    }

    [Fact]
    public void Address_that_a_killed_coordinator_left_is_forgotten()
    {
        HoldRun();
        File.WriteAllText(_directory.CoordinatorAddress, "{}");

        ResumableRun.Open(_directory.Root);

        Assert.False(File.Exists(_directory.CoordinatorAddress));
    }

    [Fact]
    public void Complete_run_has_nothing_to_resume()
    {
        HoldRun();
        EndAs("completed");

        Assert.True(_directory.IsComplete());
        var error = Assert.Throws<UserErrorException>(() => ResumableRun.Open(_directory.Root));
        Assert.Equal($"the run in {_directory.Root} was trained to its end; there is nothing to resume, unless --epochs asks for more", error.Message);
    }

    [Fact]
    public void Directory_without_a_run_is_a_usage_error()
    {
        var error = Assert.Throws<UserErrorException>(() => ResumableRun.Open(_directory.Root));

        Assert.StartsWith($"{_directory.Root} holds no run", error.Message);
        Assert.Equal(UserErrorException.Usage, error.ExitCode);
    }

    [Fact]
    public void Directory_that_a_coordinator_holds_is_left_alone()
    {
        HoldRun();
        File.WriteAllText(_directory.CoordinatorAddress, "{}");
        using var held = new FileStream(_directory.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

        var error = Assert.Throws<UserErrorException>(() => ResumableRun.Open(_directory.Root));

        Assert.StartsWith($"a coordinator is running on {_directory.Root}", error.Message);
        Assert.True(File.Exists(_directory.CoordinatorAddress));
    }

    [Fact]
    public void Lock_that_a_dead_coordinator_left_holds_nobody()
    {
        HoldRun();
        File.WriteAllText(_directory.Lock, "");

        ResumableRun.Open(_directory.Root);
    }

    [Fact]
    public void Torn_summary_says_nothing_about_the_run()
    {
        HoldRun();
        File.WriteAllText(_directory.Summary, "{ \"outcome\": \"comp");

        Assert.False(_directory.IsComplete());
    }

    private void HoldRun()
    {
        var run = new RunFlags();
        var command = new Command("train");
        run.AddTo(command);
        RunDirectory.WriteJson(_directory.Spec, run.Spec(command.Parse("mnist-softmax"), DateTimeOffset.UnixEpoch));
    }

    private void EndAs(string outcome) => File.WriteAllText(_directory.Summary, $"{{ \"outcome\": \"{outcome}\" }}");
}
