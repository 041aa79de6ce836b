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
    private static readonly RunCheckpoint Checkpoint = Saved("probe");

    [Fact]
    public void What_a_run_wrote_agrees()
    {
        Assert.Null(RunVerifier.SummaryDifference(Run.Spec, Ledger, Run.Summary));
        Assert.Null(RunVerifier.EpochsDifference(Run.Spec, Ledger, Run.Csv, Run.Summary));
        Assert.Null(RunVerifier.ModelDifference(Ledger, Run.Summary, Stored(Run.Tensors())));
        Assert.Null(RunVerifier.CheckpointDifference(Run.Spec, Ledger, Run.Summary, Checkpoint));
        Assert.Null(RunVerifier.ModelDifference(Ledger, Run.Summary, Stored(Run.Tensors()), Checkpoint.Tensors.Layout));
    }

    [Fact]
    public void Summary_of_another_run_is_found()
    {
        AssertSummary(Run.Summary with { Run = "other" }, "summary.json: run is other where spec.json says test");
        AssertSummary(Run.Summary with { Seed = 8 }, "summary.json: seed is 8 where spec.json says 7");
        AssertSummary(Run.Summary with { LearningRate = 0.2 }, "summary.json: learningRate is 0.2 where spec.json says 0.1");
        AssertSummary(Run.Summary with { Optimizer = "adam" }, "summary.json: optimizer is adam where spec.json says sgd");
        AssertSummary(Run.Summary with { CpuCapability = CpuCapability.Avx2 }, "summary.json: cpuCapability is Avx2 where spec.json says Default");
    }

    [Fact]
    public void Outcome_with_which_no_run_ends_is_found() =>
        AssertSummary(Run.Summary with { Outcome = "perfect" }, "summary.json: outcome is perfect, with which no run ends");

    [Fact]
    public void Completed_run_that_lacks_its_last_epoch_is_found() =>
        AssertSummary(Run.Summary with { Epochs = [Run.Summary.Epochs[0]] }, "summary.json: completed with 1 epochs where the run has 2");

    [Fact]
    public void Summary_that_claims_bits_that_do_not_repeat_is_found()
    {
        using var folder = new TemporaryFolder();
        var directory = new RunDirectory(folder.Path);
        Assert.Null(RunVerifier.DeterminismDifference(Run.Spec, directory, Run.Summary, Checkpoint));
        AssertClaim("the mode is async", Run.Spec with { Mode = UpdateMode.Asynchronous }, Checkpoint);
        AssertClaim("checkpoints/0000000016.safetensors says that the probe does not repeat", Run.Spec, Saved(Arithmetic.Unrepeatable));
        File.WriteAllText(directory.Tally, """{ "mixedArithmetic": true }""");
        AssertClaim("tally.json says that workers of other arithmetic took part", Run.Spec, checkpoint: null);
        Assert.Null(RunVerifier.DeterminismDifference(Run.Spec, directory, Run.Summary with { Deterministic = false }, Checkpoint));

        void AssertClaim(string but, RunSpec spec, RunCheckpoint? checkpoint) => Assert.Equal(
            $"summary.json: it is deterministic, and {but}", RunVerifier.DeterminismDifference(spec, directory, Run.Summary, checkpoint));
    }

    [Fact]
    public void Summary_of_other_steps_is_found() =>
        AssertSummary(Run.Summary with { Steps = 15 }, "summary.json: 15 steps in 16 updates, where steps.jsonl has 16 updates");

    [Fact]
    public void Summary_of_another_state_is_found() =>
        AssertSummary(Run.Summary with { StateSha256 = "" }, "summary.json: stateSha256 is  where the last line of steps.jsonl says " + WrittenRun.State);

    [Fact]
    public void Summary_of_another_state_is_found_by_the_checkpoint_where_the_ledgers_last_line_has_none()
    {
        var ledger = Ledger with { Last = Ledger.Last! with { StateSha256 = null } };
        var summary = Run.Summary with { StateSha256 = new string('0', 64) };

        Assert.Null(RunVerifier.SummaryDifference(Run.Spec, ledger, summary));
        Assert.Equal(
            $"summary.json: stateSha256 is {summary.StateSha256} where checkpoints/0000000016.safetensors has {WrittenRun.State}",
            RunVerifier.CheckpointDifference(Run.Spec, ledger, summary, Checkpoint));
        // Of another version it says nothing.
        Assert.Null(RunVerifier.CheckpointDifference(Run.Spec, Verified(Run.Text()[..11]), summary, Checkpoint));
    }

    [Fact]
    public void Checkpoint_of_other_values_than_the_ledgers_end_is_found() => Assert.StartsWith(
        "checkpoints/0000000016.safetensors: the CRC-32C of parameters and buffers is ",
        RunVerifier.CheckpointDifference(Run.Spec, Ledger with { Last = Ledger.Last! with { VersionCrc = "0000abcd" } }, Run.Summary, Checkpoint));

    [Fact]
    public void Changed_spec_is_found_by_the_checkpoint()
    {
        var changed = Run.Spec with { Optimizer = Run.Spec.Optimizer with { WeightDecay = 0.5 } };
        Assert.Equal(
            "spec.json: it has changed since checkpoints/0000000016.safetensors was written",
            RunVerifier.CheckpointDifference(changed, Ledger, summary: null, Checkpoint));
        Assert.Equal(
            "checkpoints/0000000016.safetensors: it is of run test where spec.json says other",
            RunVerifier.CheckpointDifference(Run.Spec with { Run = new RunId("other") }, Ledger, summary: null, Checkpoint));
    }

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
    public void Tensor_of_another_name_or_shape_is_found_by_the_checkpoints_layout()
    {
        var tensors = Run.Tensors();
        AssertLayout("it has no layer.bias, which the newest checkpoint has", [tensors[0], tensors[1].Renamed("layer.offset"), .. tensors.Skip(2)]);
        AssertLayout("it has layer.extra, which the newest checkpoint has not", [.. tensors, NamedTensor.OfFloats("layer.extra", [0], [])]);
        AssertLayout("layer.weight is F32[2, 1] where the newest checkpoint has F32[2]", [NamedTensor.OfFloats("layer.weight", [2, 1], tensors[0].Floats), .. tensors.Skip(1)]);
    }

    [Fact]
    public void Tensors_that_have_changed_their_names_are_found_by_the_checkpoints_layout() => AssertLayout(
        "the parameters' SHA-256 is ", [Run.Tensors()[0].Renamed("layer.running_mean"), Run.Tensors()[1], Run.Tensors()[2].Renamed("layer.weight"), Run.Tensors()[3]]);

    [Fact]
    public void Summary_with_fewer_parameters_than_the_model_is_found_by_the_checkpoints_layout() => Assert.Equal(
        "summary.json: parameterCount is 1 where the newest checkpoint has 3",
        RunVerifier.ModelDifference(
            Ledger, Run.Summary with { ParameterCount = 1, ParametersSha256 = ParameterHash.Sha256OfFloats([0.5f]) }, Stored(Run.Tensors()), Checkpoint.Tensors.Layout));

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

    /// <summary>What nobody finds who does not know the layout.</summary>
    private static void AssertLayout(string difference, IReadOnlyList<NamedTensor> tensors)
    {
        Assert.Null(RunVerifier.ModelDifference(Ledger, Run.Summary, Stored(tensors)));
        Assert.StartsWith($"model.safetensors: {difference}", RunVerifier.ModelDifference(Ledger, Run.Summary, Stored(tensors), Checkpoint.Tensors.Layout));
    }

    private static RunCheckpoint Saved(string probe)
    {
        using var folder = new TemporaryFolder();
        var directory = new RunDirectory(folder.Path);
        Run.PutCheckpoint(directory, probe);
        return RunCheckpoint.Newest(directory)!;
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
