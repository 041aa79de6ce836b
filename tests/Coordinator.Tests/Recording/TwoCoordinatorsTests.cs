using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Files;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.Tests.Recording;

/// <summary>
/// A coordinator that was stopped, replaced on another machine and woken, on a volume that both have: what the simulation found it
/// could still do.
/// </summary>
public sealed class TwoCoordinatorsTests : IDisposable
{
    private static readonly RunSpec Spec = Specs.Small();
    private static readonly IReadOnlyList<CommittedStep> Steps = new ImaginaryCluster(Spec, seed: 1, "a", "b").Run().Ledger;
    private static readonly ModelSnapshot Model = new(new ModelLayout([], [], []), 0, [], [], default);

    private readonly RunDirectory _directory = new(Directory.CreateTempSubdirectory("minibatch-test-").FullName);

    public TwoCoordinatorsTests() => _directory.Create();

    public void Dispose() => Directory.Delete(_directory.Root, recursive: true);

    /// <summary>A coordinator's turn on the directory; the lock is another machine's matter.</summary>
    private Incarnation Start()
    {
        using var started = new RunLock(_directory);
        return started.Incarnation;
    }

    private RunWriter Write(Incarnation incarnation, Checkpoint? resumed = null) => new(Spec, _directory, incarnation, resumed, metrics: null);

    private static Checkpoint At(long version, LedgerMark ledger) =>
        new(Model with { Version = version }, new RunPosition(1, (int)version, 0, 0, TimeSpan.Zero), ledger, [], Specs.Arithmetic);

    [Fact]
    public void Lines_of_the_woken_one_do_not_get_into_the_ledger_of_the_other()
    {
        using var stopped = Write(Start());
        using var successor = Write(Start());
        successor.Write(new RunEntry.Step(Steps[0]));
        successor.Flush();
        var ledger = File.ReadAllText(_directory.Ledger);

        foreach (var step in Steps) stopped.Write(new RunEntry.Step(step));
        stopped.Flush();

        Assert.Equal(ledger, File.ReadAllText(_directory.Ledger));
    }

    [Fact]
    public void Epoch_of_the_woken_one_does_not_get_into_the_table_of_the_other()
    {
        using var stopped = Write(Start());
        using var successor = Write(Start());
        successor.Write(new RunEntry.Epoch(new EpochSummary(1, 1.25, 1.5, 0.75, 2, 50)));
        var epochs = File.ReadAllText(_directory.Epochs);

        Assert.Contains("a later coordinator", Assert.Throws<UserErrorException>(() => stopped.Write(new RunEntry.Epoch(new EpochSummary(2, 1, 1, 1, 1, 1)))).Message);
        Assert.Equal(epochs, File.ReadAllText(_directory.Epochs));
    }

    [Fact]
    public void File_that_the_woken_one_was_about_to_rename_is_gone()
    {
        var stopped = Start();
        File.WriteAllText(_directory.Summary + ".stopped.tmp", "half");
        Start();
        Assert.Empty(Directory.GetFiles(_directory.Root, "*.tmp"));

        var files = new FencedFileSystem(LocalFileSystem.Instance, _directory, stopped);
        File.WriteAllText(_directory.Summary + ".stopped.tmp", "whole");
        Assert.Contains("a later coordinator", Assert.Throws<UserErrorException>(() => files.Rename(_directory.Summary + ".stopped.tmp", _directory.Summary)).Message);
    }

    [Fact]
    public void Two_that_start_at_the_same_time_are_two_incarnations()
    {
        var first = Start();
        File.Delete(_directory.Incarnation);   // as the second finds it, which has looked before the first wrote it
        var second = Start();
        Assert.NotEqual(first, second);
        // And the first writes its number after the second.
        File.WriteAllText(_directory.Incarnation, first.ToString());
        Assert.Throws<UserErrorException>(() => RunLock.RequireCurrent(_directory, first));
        RunLock.RequireCurrent(_directory, second);
    }

    [Fact]
    public void Version_that_the_woken_one_wrote_is_not_gone_on_from()
    {
        using (var first = Write(Start()))
        {
            first.Write(new RunEntry.Save(Model, RunPosition.Start));
            foreach (var step in Steps.Take(4)) first.Write(new RunEntry.Step(step));
            first.Flush();
        }
        var stopped = new Incarnation(1);
        var resumed = new CheckpointStore(_directory, Spec, Start()).LoadNewest(_ => { })!;
        Write(new Incarnation(2), resumed).Dispose();

        // Before the rename it had looked, and had not been replaced yet.
        File.Move(PathOf(0), PathOf(0) + ".kept");
        Directory.Delete(_directory.Incarnations, recursive: true);
        File.Delete(_directory.Incarnation);
        new CheckpointStore(_directory, Spec, stopped).Save(At(4, new LedgerMark(1000, new string('1', 64))));
        File.Move(PathOf(0) + ".kept", PathOf(0));

        Assert.Equal(0, new CheckpointStore(_directory, Spec, new Incarnation(3)).LoadNewest(_ => { })!.Model.Version);
    }

    [Fact]
    public void Ledger_with_another_line_at_the_mark_is_refused()
    {
        using (var writer = Write(Start()))
        {
            foreach (var step in Steps.Take(4)) writer.Write(new RunEntry.Step(step));
            writer.Flush();
        }
        var mark = new LedgerMark(new FileInfo(_directory.Ledger).Length, new string('1', 64));
        Assert.Contains("has another line at byte", Assert.Throws<UserErrorException>(() => new LedgerFile(LocalFileSystem.Instance, _directory.Ledger, mark)).Message);
    }

    private string PathOf(long version) => Path.Combine(_directory.Checkpoints, $"{version:D10}.safetensors");
}
