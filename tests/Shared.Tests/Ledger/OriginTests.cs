using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tests.Datasets;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Shared.Tests.Ledger;

/// <summary>A run that starts from something else than its seed: what that was is proved by its ledger and its directory.</summary>
public sealed class OriginTests : IDisposable
{
    private static readonly LabelledImages Train = SyntheticImages.Create(100, seed: 1).Train;
    private static readonly ModelLayout Layout = new([new TensorLayout("fc.weight", [1, 2]), new TensorLayout("fc.bias", [1])], [], []);
    private static readonly float[] Values = [0.5f, -1, 3];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private RunDirectory Ended => new(_folder.File("ended"));

    private RunDirectory New => new(_folder.File("new"));

    [Fact]
    public void Ledger_goes_on_where_the_other_ended()
    {
        var run = GoneOnWith();
        Assert.Equal((17, 3), (run.Lines[0].Step, run.Lines[0].Epoch));
        var ledger = Verify(run.Spec, run);
        Assert.Null(ledger.Difference);
        Assert.Equal([3], ledger.Epochs.Select(epoch => epoch.Epoch));
        Assert.Null(RunVerifier.OriginDifference(run.Spec, New));
        Assert.Null(RunVerifier.SummaryDifference(run.Spec, ledger, run.Summary));
        Assert.Null(RunVerifier.EpochsDifference(run.Spec, ledger, run.Csv, run.Summary));
        Assert.Equal(
            "summary.json: 23 steps in 24 updates, where steps.jsonl has 8 updates after the 16 of the run that it goes on with",
            RunVerifier.SummaryDifference(run.Spec, ledger, run.Summary with { Steps = 23 }));
    }

    [Fact]
    public void Another_origin_breaks_the_chain_at_the_first_line()
    {
        var run = GoneOnWith();
        foreach (var origin in new[] { run.Spec.Origin! with { Run = "other" }, run.Spec.Origin with { StateSha256 = new string('1', 64) }, run.Spec.Origin with { WeightsSha256 = "" } })
            Assert.Equal("steps.jsonl line 1: its chain does not follow from the line before and its own text", Verify(run.Spec with { Origin = origin }, run).Difference);
        Assert.Equal("steps.jsonl line 1: its chain does not follow from the line before and its own text", Verify(run.Spec with { Origin = null }, run).Difference);
    }

    [Fact]
    public void Origin_of_other_epochs_than_its_version_has_is_found()
    {
        var run = GoneOnWith();
        Assert.Equal(
            "spec.json: it starts from version 16 of 1 epochs, which make 8 updates",
            RunVerifier.OriginDifference(run.Spec with { Origin = run.Spec.Origin! with { Epochs = 1 } }, New));
        Assert.Equal("spec.json: it has 3 epochs, and begins after epoch 3", Verify(run.Spec with { Origin = run.Spec.Origin with { Epochs = 3 } }, run).Difference);
    }

    [Fact]
    public void Values_that_are_not_those_of_the_origin_are_found()
    {
        var run = GoneOnWith();
        PutCheckpoint(Ended, [0.5f, -1, 4]);
        File.Copy(Ended.NewestCheckpoint!, New.Origin, overwrite: true);
        Assert.Contains("is not what spec.json says the run started from (version 16 of run test)", RunVerifier.OriginDifference(run.Spec, New), StringComparison.Ordinal);
        File.Delete(New.Origin);
        Assert.Contains("cannot be read", RunVerifier.OriginDifference(run.Spec, New), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_whose_last_checkpoint_is_not_its_end_is_not_gone_on_with()
    {
        GoneOnWith();
        PutCheckpoint(Ended, [0.5f, -1, 4]);
        Assert.Contains("is not the version that summary.json says the run ended with", Assert.Throws<UserErrorException>(() => StartingPoint.OfRun(Ended, WrittenRun.SmallSpec)).Message, StringComparison.Ordinal);
        Directory.Delete(Ended.Checkpoints, recursive: true);
        Assert.Contains("has no checkpoint to go on from", Assert.Throws<UserErrorException>(() => StartingPoint.OfRun(Ended, WrittenRun.SmallSpec)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_whose_spec_was_changed_since_its_last_checkpoint_is_not_gone_on_with()
    {
        GoneOnWith();
        PutCheckpoint(Ended, Values, WrittenRun.SmallSpec);
        Assert.Equal(16, StartingPoint.OfRun(Ended, WrittenRun.SmallSpec).Origin.Version);
        var changed = WrittenRun.SmallSpec with { Optimizer = WrittenRun.SmallSpec.Optimizer with { WeightDecay = 0.5 } };
        Assert.StartsWith($"{Ended.Spec} has changed since ", Assert.Throws<UserErrorException>(() => StartingPoint.OfRun(Ended, changed)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_are_known_by_their_hash_and_lie_in_the_layouts_order()
    {
        var point = Weights(NamedTensor.OfFloats("fc.weight", [1, 2], [1, 2]), NamedTensor.OfInt64s("n", [], [9]), NamedTensor.OfFloats("fc.bias", [1], [3]));
        Assert.Equal(ParameterHash.Sha256OfFloats([3, 1, 2]), point.Origin.WeightsSha256);   // in the order of their names
        Assert.Equal((0, null, null), (point.Origin.Epochs, point.Origin.Run, point.Origin.StateSha256));
        Assert.Equal([1, 2, 3], point.ValuesFor(Layout, "mnist-mlp"));

        Directory.CreateDirectory(New.Root);
        point.WriteTo(New);
        Assert.Equal([1, 2, 3], StartingPoint.Of(New, point.Origin).ValuesFor(Layout, "mnist-mlp"));
        Assert.Throws<WeightsException>(() => StartingPoint.Of(New, point.Origin with { WeightsSha256 = new string('0', 64) }));
    }

    [Fact]
    public void Weights_of_another_model_are_refused_by_the_first_tensor_that_does_not_fit()
    {
        var bias = NamedTensor.OfFloats("fc.bias", [1], [3]);
        var weight = NamedTensor.OfFloats("fc.weight", [1, 2], [1, 2]);
        AssertUnfit("has no tensor fc.weight, which the model of mnist-mlp has: it is another model's.", bias);
        AssertUnfit("has fc.weight as [2, 1], and the model of mnist-mlp as [1, 2]: it is another model's.", bias, NamedTensor.OfFloats("fc.weight", [2, 1], [1, 2]));
        AssertUnfit("has a tensor conv.weight, which the model of mnist-mlp has not: it is another model's.", bias, weight, weight.Renamed("conv.weight"));
    }

    [Fact]
    public void Weights_that_say_that_they_are_another_workloads_are_refused()
    {
        ModelFile.Write(_folder.File("model.safetensors"), [NamedTensor.OfFloats("fc.bias", [1], [3])], new ModelOrigin("mnist-cnn"));
        var error = Assert.Throws<UserErrorException>(() => StartingPoint.OfModel(_folder.File("model.safetensors"), "mnist-mlp"));
        Assert.Equal((UserErrorException.Usage, $"{_folder.File("model.safetensors")} is a model of mnist-cnn, and mnist-mlp is to be trained"), (error.ExitCode, error.Message));
    }

    /// <summary>A run of two epochs has ended; another trains the third.</summary>
    private WrittenRun GoneOnWith()
    {
        var state = PutCheckpoint(Ended, Values);
        RunDirectory.WriteJson(Ended.Summary, new WrittenRun(WrittenRun.SmallSpec, Train).Summary with { StateSha256 = state });
        var point = StartingPoint.OfRun(Ended, WrittenRun.SmallSpec);
        Assert.Equal(new RunOrigin { Run = "test", Version = 16, Epochs = 2, StateSha256 = state }, point.Origin);
        Directory.CreateDirectory(New.Root);
        point.WriteTo(New);
        return new WrittenRun(WrittenRun.SmallSpec with { Run = new RunId("new"), Epochs = 3, Origin = point.Origin }, Train);
    }

    private static string PutCheckpoint(RunDirectory directory, float[] values, RunSpec? spec = null)
    {
        Directory.CreateDirectory(directory.Checkpoints);
        var state = ParameterHash.Sha256OfState(values, []);
        List<NamedTensor> tensors = [.. CheckpointTensors.Named(Layout, values, CheckpointTensors.ModelPrefix)];
        var metadata = new Dictionary<string, string>
        {
            ["checkpoint"] = "3", ["run"] = "test", ["version"] = "16", ["stateSha256"] = state,
            ["layout"] = System.Text.Json.JsonSerializer.Serialize(Layout, Json.Compact),
        };
        if (spec is not null) metadata[CheckpointTensors.SpecHash] = CheckpointTensors.SpecSha256(spec);
        metadata[CheckpointTensors.HeaderHash] = CheckpointTensors.HeaderSha256(tensors, metadata);
        Safetensors.Write(Path.Combine(directory.Checkpoints, "0000000016.safetensors"), tensors, metadata);
        return state;
    }

    private StartingPoint Weights(params NamedTensor[] tensors)
    {
        Safetensors.Write(_folder.File("weights.safetensors"), tensors);
        return StartingPoint.OfModel(_folder.File("weights.safetensors"), "mnist-mlp");
    }

    private void AssertUnfit(string message, params NamedTensor[] tensors) =>
        Assert.EndsWith(message, Assert.Throws<WeightsException>(() => Weights(tensors).ValuesFor(Layout, "mnist-mlp")).Message, StringComparison.Ordinal);

    private static LedgerVerifierResult Verify(RunSpec spec, WrittenRun run) => LedgerVerifier.Verify(spec, Train, new MemoryStream(WrittenRun.Bytes(run.Text())));
}
