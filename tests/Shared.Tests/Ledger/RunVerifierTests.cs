using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tests.Datasets;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Shared.Tests.Ledger;

/// <summary>Summary, epochs and weights that agree with a sound ledger are passed, and what does not is named.</summary>
public sealed class RunVerifierTests
{
    private static readonly LabelledImages Train = SyntheticImages.Create(100, seed: 1).Train;
    private static readonly WrittenRun Run = new(WrittenRun.SmallSpec, Train);
    private static readonly LedgerVerifierResult Ledger = Verified(Run.Text());

    [Fact]
    public void What_a_run_wrote_agrees()
    {
        Assert.Null(RunVerifier.SummaryDifference(Run.Spec, Ledger, Run.Summary));
        Assert.Null(RunVerifier.EpochsDifference(Run.Spec, Ledger, Run.Csv, Run.Summary));
        Assert.Null(RunVerifier.ModelDifference(Ledger, Run.Summary, Stored(Run.Tensors())));
    }

    [Fact]
    public void Summary_of_another_run_is_found()
    {
        AssertSummary(Run.Summary with { Run = "other" }, "summary.json: run is other where spec.json says test");
        AssertSummary(Run.Summary with { Seed = 8 }, "summary.json: seed is 8 where spec.json says 7");
        AssertSummary(Run.Summary with { LearningRate = 0.2 }, "summary.json: learningRate is 0.2 where spec.json says 0.1");
    }

    [Fact]
    public void Summary_of_other_steps_is_found() =>
        AssertSummary(Run.Summary with { Steps = 15 }, "summary.json: 15 steps in 16 updates, where steps.jsonl has 16 updates");

    [Fact]
    public void Summary_of_another_state_is_found() =>
        AssertSummary(Run.Summary with { StateSha256 = "" }, "summary.json: stateSha256 is  where the last line of steps.jsonl says 555");

    [Fact]
    public void Stopped_run_may_end_early_and_a_completed_one_may_not()
    {
        var ledger = Verified(Run.Text()[..11]);
        var stopped = Run.Summary with { Steps = 11, Updates = 11, Outcome = "stopped" };

        Assert.Null(RunVerifier.SummaryDifference(Run.Spec, ledger, stopped));
        Assert.Equal(
            "summary.json: completed after 11 steps where the run has 16",
            RunVerifier.SummaryDifference(Run.Spec, ledger, stopped with { Outcome = "completed" }));
    }

    [Fact]
    public void Torn_ledger_beside_a_summary_is_found()
    {
        var torn = Verified(WrittenRun.Bytes(Run.Text())[..^1]);

        Assert.StartsWith("steps.jsonl line 16: it is torn", RunVerifier.SummaryDifference(Run.Spec, torn, Run.Summary));
    }

    [Fact]
    public void Epoch_with_another_loss_than_the_ledger_is_found()
    {
        var loss = Run.Summary.Epochs[1].TrainLoss!.Value;
        AssertLoss(loss * (1 + 1e-8), $"epochs.csv line 3: train loss ");
        AssertLoss(double.NaN, $"epochs.csv line 3: train loss NaN");
    }

    [Fact]
    public void Epoch_whose_loss_was_rounded_otherwise_agrees() => AssertLoss(Run.Summary.Epochs[1].TrainLoss!.Value * (1 + 1e-11), difference: null);

    [Theory]
    [InlineData("2,", "3,", "epochs.csv line 3: epoch 2 is due and the line is \"3,")]
    [InlineData("2,", "", "epochs.csv line 3: epoch 2 is due and the line is \"0.")]
    [InlineData(",0.25,0.75,", ",0.25,0.76,", "epochs.csv line 3: summary.json has other numbers for epoch 2")]
    public void Changed_row_is_found(string text, string changed, string difference)
    {
        var start = Run.Csv.IndexOf("\n2,", StringComparison.Ordinal);
        var csv = Run.Csv[..start] + "\n" + ReplaceFirst(Run.Csv[(start + 1)..], text, changed);

        Assert.StartsWith(difference, RunVerifier.EpochsDifference(Run.Spec, Ledger, csv, Run.Summary));
    }

    [Fact]
    public void Epoch_in_which_every_update_was_left_out_has_no_loss_and_a_loss_that_is_written_for_it_is_found()
    {
        var spec = Run.Spec with { OnNonFinite = NonFinitePolicy.Skip };
        var run = new WrittenRun(spec, Train);
        for (var i = 0; i < run.Lines.Count; i++)
        {
            if (run.Lines[i].Epoch == 2) run.Lines[i] = run.Lines[i] with { Loss = double.NaN, Skipped = "slot 1", VersionCrc = run.Lines[0].VersionCrc, StateSha256 = null };
        }
        var ledger = LedgerVerifier.Verify(spec, Train, new MemoryStream(WrittenRun.Bytes(run.Text())));
        Assert.Null(ledger.Difference);
        var epochs = run.Summary.Epochs.ToList();
        epochs[1] = epochs[1] with { TrainLoss = null };
        var summary = run.Summary with { Epochs = epochs };

        Assert.Null(RunVerifier.EpochsDifference(spec, ledger, WrittenRun.Table(epochs), summary));
        epochs[1] = epochs[1] with { TrainLoss = 0 };
        Assert.Equal(
            "epochs.csv line 3: train loss 0 where the mean over the lines of steps.jsonl is none",
            RunVerifier.EpochsDifference(spec, ledger, WrittenRun.Table(epochs), summary));
    }

    [Fact]
    public void Missing_rows_are_found_where_there_is_a_summary()
    {
        Assert.Equal("epochs.csv: 0 epochs where summary.json has 2", RunVerifier.EpochsDifference(Run.Spec, Ledger, "", Run.Summary));
        Assert.Null(RunVerifier.EpochsDifference(Run.Spec, Ledger, "", summary: null));
    }

    [Fact]
    public void Row_beyond_the_ledger_is_found_where_there_is_a_summary()
    {
        var ledger = Verified(Run.Text()[..11]);

        Assert.Equal(
            "epochs.csv line 3: epoch 2 is complete where steps.jsonl has 3 of its 8 updates",
            RunVerifier.EpochsDifference(Run.Spec, ledger, Run.Csv, Run.Summary));
        Assert.Null(RunVerifier.EpochsDifference(Run.Spec, ledger, Run.Csv, summary: null));
    }

    [Fact]
    public void Run_under_way_has_its_rows_checked()
    {
        var csv = Run.Csv.Replace("\n1,", "\n1,9", StringComparison.Ordinal);

        Assert.StartsWith("epochs.csv line 2: train loss 9", RunVerifier.EpochsDifference(Run.Spec, Ledger, csv, summary: null));
        Assert.Null(RunVerifier.EpochsDifference(Run.Spec, Ledger, Run.Csv[..^20], summary: null));
    }

    [Fact]
    public void Summary_with_another_accuracy_than_its_last_epoch_is_found() => Assert.Equal(
        "summary.json: test accuracy 0.99 where its last epoch has 0.75",
        RunVerifier.EpochsDifference(Run.Spec, Ledger, Run.Csv, Run.Summary with { TestAccuracy = 0.99 }));

    [Fact]
    public void Changed_parameter_is_found() =>
        AssertModel(0, NamedTensor.OfFloats("layer.weight", [2], [0.5f, -1.2500001f]), "model.safetensors: the parameters' SHA-256 is ");

    [Fact]
    public void Changed_buffer_is_found_by_the_last_lines_checksum() =>
        AssertModel(2, NamedTensor.OfFloats("layer.running_mean", [2], [2f, 7.5f]), "model.safetensors: the CRC-32C of parameters and buffers is ");

    [Fact]
    public void Changed_counter_is_found() => AssertModel(
        3, NamedTensor.OfInt64s("layer.num_batches_tracked", [], [15]), "model.safetensors: layer.num_batches_tracked has not counted the 16 steps");

    [Fact]
    public void Missing_weights_are_found()
    {
        Assert.StartsWith(
            "model.safetensors: 2 float32 values where summary.json says 3 parameters",
            RunVerifier.ModelDifference(Ledger, Run.Summary, Stored([Run.Tensors()[0]])));
        Assert.StartsWith("model.safetensors: it is missing", RunVerifier.ModelDifference(Ledger, Run.Summary, model: null));
    }

    [Fact]
    public void Run_that_never_had_a_model_needs_no_weights() =>
        Assert.Null(RunVerifier.ModelDifference(Verified(Array.Empty<byte>()), Run.Summary with { Steps = 0, ParametersSha256 = "" }, model: null));

    private static LedgerVerifierResult Verified(List<string> lines) => Verified(WrittenRun.Bytes(lines));

    private static LedgerVerifierResult Verified(byte[] ledger) => LedgerVerifier.Verify(Run.Spec, Train, new MemoryStream(ledger));

    private static void AssertSummary(RunSummary summary, string difference) =>
        Assert.StartsWith(difference, RunVerifier.SummaryDifference(Run.Spec, Ledger, summary));

    private static void AssertLoss(double loss, string? difference)
    {
        var epochs = Run.Summary.Epochs.ToList();
        epochs[1] = epochs[1] with { TrainLoss = loss };
        var found = RunVerifier.EpochsDifference(Run.Spec, Ledger, WrittenRun.Table(epochs), Run.Summary with { Epochs = epochs });

        if (difference is null) Assert.Null(found);
        else Assert.StartsWith(difference, found);
    }

    private static void AssertModel(int index, NamedTensor changed, string difference)
    {
        var tensors = Run.Tensors().ToList();
        tensors[index] = changed;
        Assert.StartsWith(difference, RunVerifier.ModelDifference(Ledger, Run.Summary, Stored(tensors)));
    }

    /// <summary>Through the file: it has its tensors in another order.</summary>
    private static SafetensorsContent Stored(IReadOnlyList<NamedTensor> tensors)
    {
        using var folder = new TemporaryFolder();
        Safetensors.Write(folder.File("model.safetensors"), tensors);
        return Safetensors.Read(folder.File("model.safetensors"));
    }

    private static string ReplaceFirst(string text, string old, string changed)
    {
        var start = text.IndexOf(old, StringComparison.Ordinal);
        return text.Remove(start, old.Length).Insert(start, changed);
    }
}
