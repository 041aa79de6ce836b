using MiniBatch.Launcher.Supervision;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Tests.Supervision;

public sealed class LedgerProgressTests : IDisposable
{
    private readonly RunDirectory _directory = new(Directory.CreateTempSubdirectory("minibatch-progress-").FullName);
    private readonly LedgerProgress _progress;

    public LedgerProgressTests() => _progress = new LedgerProgress(_directory);

    public void Dispose() => Directory.Delete(_directory.Root, recursive: true);

    [Fact]
    public void Without_a_ledger_there_was_no_step()
    {
        Assert.Equal((0L, 0L), (_progress.Step, _progress.StepOf("worker-1")));
        Assert.False(_progress.Look());
    }

    [Fact]
    public void A_step_is_its_workers_too()
    {
        Append(Line(1, "worker-1", "worker-2"), Line(2, "worker-1", "worker-1"));

        Assert.Equal((2L, 2L, 1L, 0L), (_progress.Step, _progress.StepOf("worker-1"), _progress.StepOf("worker-2"), _progress.StepOf("worker-3")));
    }

    [Fact]
    public void Steps_that_are_computed_again_are_seen_and_do_not_raise_it()
    {
        Append(Line(1, "worker-1"), Line(2, "worker-1"), Line(3, "worker-1"));
        Assert.Equal(3, _progress.Step);

        File.WriteAllText(_directory.Ledger, Line(1, "worker-1"));   // cut off at a checkpoint
        Assert.False(_progress.Look());
        Append(Line(2, "worker-1"));

        Assert.True(_progress.Look());
        Assert.Equal(3, _progress.Step);
    }

    [Fact]
    public void A_line_that_is_not_whole_is_none_yet()
    {
        var line = Line(1, "worker-1");
        Append(line[..^5]);
        Assert.False(_progress.Look());
        Append(line[^5..]);

        Assert.True(_progress.Look());
        Assert.Equal(1, _progress.Step);
    }

    [Fact]
    public void Of_a_ledger_of_any_length_the_last_step_is_found()
    {
        Append([.. Enumerable.Range(1, 5000).Select(step => Line(step, "worker-1", step % 2 == 0 ? "worker-2" : "worker-3"))]);

        Assert.Equal(5000, _progress.Step);
        Assert.InRange(_progress.StepOf("worker-3"), 4000, 4999);
    }

    private void Append(params string[] lines) => File.AppendAllText(_directory.Ledger, string.Concat(lines));

    private static string Line(int step, params string[] workers) =>
        $$"""{"step":{{step}},"slots":[{{string.Join(",", workers.Select(worker => $$"""{"worker":"{{worker}}"}"""))}}],"chain":"00"}""" + "\n";
}
