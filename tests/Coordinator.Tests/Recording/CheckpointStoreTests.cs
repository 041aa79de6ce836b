using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.Tests.Recording;

public sealed class CheckpointStoreTests : IDisposable
{
    private static readonly ModelLayout Layout = new(
        [new TensorLayout("fc.weight", [2, 3]), new TensorLayout("fc.bias", [3])], [new TensorLayout("bn.running_mean", [2])], []);

    private readonly RunDirectory _directory = new(Directory.CreateTempSubdirectory("checkpoints-").FullName);
    private readonly List<string> _said = [];
    private readonly CheckpointStore _store;

    public CheckpointStoreTests() => _store = new CheckpointStore(_directory, Specs.Small(), Specs.First);

    public void Dispose() => Directory.Delete(_directory.Root, recursive: true);

    private static Checkpoint At(long version) => new(
        new ModelSnapshot(
            Layout, version, [.. Enumerable.Range(0, 11).Select(i => version + MathF.Sin(i))],
            [("exp_avg", [.. Enumerable.Range(0, 9).Select(i => -version - i * 0.1f)]), ("exp_avg_sq", new float[9])], new ExchangeCounters(1, 2, 3, 4)),
        new RunPosition(2, (int)version, 12 * version, 0.1 + version, TimeSpan.FromSeconds(1.5)), new LedgerMark(version * 100, new string('c', 64)),
        [new EpochSummary(1, 1.25, 1.5, 0.75, 2, 50)], Specs.Arithmetic);

    private string PathOf(long version) => Path.Combine(_directory.Checkpoints, $"{version:D10}.safetensors");

    private Checkpoint? Load() => _store.LoadNewest(_said.Add);

    private CheckpointStore Bound(RunSpec spec) => new(_directory, spec, Specs.First);

    /// <summary>The spec as somebody may edit it between two coordinators: the ledger has nothing of this number.</summary>
    private static RunSpec Changed => Specs.Small() with { Optimizer = Specs.Small().Optimizer with { Beta1 = 0.5 } };

    [Fact]
    public void What_is_saved_is_loaded_bit_for_bit()
    {
        var saved = At(7);
        _store.Save(saved);
        var loaded = Load()!;
        Assert.Equal(saved.Model.StateSha256(), loaded.Model.StateSha256());
        Assert.Equal(saved.Model.Values, loaded.Model.Values);
        Assert.Equal(saved.Model.OptimizerState.Select(state => state.Name), loaded.Model.OptimizerState.Select(state => state.Name));
        Assert.Equal(saved.Model.Layout.Parameters.Select(p => (p.Name, string.Join(",", p.Shape))), loaded.Model.Layout.Parameters.Select(p => (p.Name, string.Join(",", p.Shape))));
        Assert.Equal(
            (saved.Model.Version, saved.Model.Counters, saved.Position, saved.Ledger, saved.Arithmetic),
            (loaded.Model.Version, loaded.Model.Counters, loaded.Position, loaded.Ledger, loaded.Arithmetic));
        Assert.Equal(saved.Epochs, loaded.Epochs);
        Assert.Empty(_said);
    }

    [Fact]
    public void Files_that_nobody_can_read_take_no_checkpoints_place()
    {
        _store.Save(At(1));
        for (var i = 0; i < CheckpointStore.KeptDefault; i++) File.WriteAllText(Path.Combine(_directory.Checkpoints, $"stray-{i}.safetensors"), "no safetensors");

        for (var version = 2; version <= 6; version++)
        {
            _store.Save(At(version));
            Assert.True(File.Exists(PathOf(version)), $"version {version} was removed as soon as it was written");
        }

        Assert.Equal([PathOf(4), PathOf(5), PathOf(6)], Directory.GetFiles(_directory.Checkpoints).Order(StringComparer.Ordinal));
        Assert.Equal(6, Load()!.Model.Version);
    }

    [Fact]
    public void Newest_for_who_only_reads_is_a_version_and_no_stray_file()
    {
        _store.Save(At(1));
        File.WriteAllText(Path.Combine(_directory.Checkpoints, "stray.safetensors"), "no safetensors");

        Assert.Equal(PathOf(1), _directory.NewestCheckpoint);
    }

    [Fact]
    public void Checkpoint_of_another_spec_is_refused_and_none_before_it_is_taken()
    {
        Bound(Specs.Small()).Save(At(1));
        Bound(Specs.Small()).Save(At(2));
        Assert.Equal(2, Bound(Specs.Small()).LoadNewest(_said.Add)!.Model.Version);

        var refused = Assert.Throws<UserErrorException>(() => Bound(Changed).LoadNewest(_said.Add));

        Assert.StartsWith($"{_directory.Spec} has changed since {PathOf(2)} was written: undo the change", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_said);
    }

    [Fact]
    public void Checkpoint_that_names_no_spec_is_taken_as_before()
    {
        _store.Save(At(1));
        Assert.Equal(1, Bound(Specs.Small()).LoadNewest(_said.Add)!.Model.Version);
    }

    [Fact]
    public void Damaged_checkpoint_of_another_spec_is_passed_over()
    {
        Bound(Specs.Small()).Save(At(1));
        Bound(Changed).Save(At(2));
        var damaged = File.ReadAllBytes(PathOf(2));
        damaged[^1] ^= 1;
        File.WriteAllBytes(PathOf(2), damaged);

        Assert.Equal(1, Bound(Specs.Small()).LoadNewest(_said.Add)!.Model.Version);
        Assert.Single(_said);
    }

    [Fact]
    public void Model_of_a_checkpoint_can_be_used_without_the_run()
    {
        RunDirectory.WriteJson(_directory.Spec, Specs.Small());
        _store.Save(At(1));
        _store.Save(At(7) with { Model = At(7).Model with { Layout = Layout with { Counters = [new TensorLayout("bn.num_batches_tracked", [])] } } });

        var model = ModelFile.Read(_directory.Root, workload: null);

        Assert.Equal((PathOf(7), "mnist-softmax", 7), (model.Path, model.Workload.Name, model.Origin.Version));
        Assert.Equal(["fc.weight", "fc.bias", "bn.running_mean", "bn.num_batches_tracked"], model.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(At(7).Model.Values, model.Tensors.SkipLast(1).SelectMany(tensor => tensor.Floats.ToArray()));
        Assert.Equal([7], model.Tensors[^1].Int64s.ToArray());

        var damaged = File.ReadAllBytes(PathOf(7));
        damaged[^1] ^= 1;
        File.WriteAllBytes(PathOf(7), damaged);
        Assert.Contains("is damaged", Assert.Throws<WeightsException>(() => ModelFile.Read(PathOf(7), null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_newest_are_kept_and_the_newest_of_them_is_loaded()
    {
        foreach (var version in new long[] { 0, 500, 1000, 1500, 10_000 }) _store.Save(At(version));
        Assert.Equal([PathOf(1000), PathOf(1500), PathOf(10_000)], Directory.GetFiles(_directory.Checkpoints).Order());
        Assert.Equal(10_000, Load()!.Model.Version);
    }

    [Fact]
    public void End_of_another_run_is_a_beginning_with_a_ledger_epochs_and_faults_of_its_own()
    {
        var ended = At(16) with { Model = At(16).Model with { Counters = new ExchangeCounters(1, 2, 3, 4, 5, 6, [7]) }, Position = new RunPosition(2, 8, 96, 1, TimeSpan.Zero) };
        _store.Save(ended);
        var origin = new RunOrigin { Run = "test", Version = 16, Epochs = 2, StateSha256 = ended.Model.StateSha256() };
        File.Copy(PathOf(16), _directory.Origin);
        var spec = Specs.Small(epochs: 3) with { Run = new RunId("new"), Origin = origin };

        var start = CheckpointStore.Of(StartingPoint.Of(_directory, origin), spec);

        Assert.Equal((ended.Model.StateSha256(), ended.Arithmetic, ended.Position), (start.Model.StateSha256(), start.Arithmetic, start.Position));
        Assert.Equal(new ExchangeCounters(0, 0, 0, 0, 5, 6), start.Model.Counters);   // Adam's steps are versions less those left out
        Assert.Equal((0, 64), (start.Ledger.Length, start.Ledger.Chain.Length));
        Assert.NotEqual(LedgerMark.Start, start.Ledger);
        Assert.Empty(start.Epochs);
        var next = ResumePoint.After(start, spec);
        Assert.Equal((ResumePoint.Work.Train, 3, 2), (next.Next, next.Epoch, next.EpochsDone));
    }

    [Theory]
    [InlineData(1, new long[] { 1500 })]
    [InlineData(4, new long[] { 0, 500, 1000, 1500 })]
    public void As_many_are_kept_as_was_asked_for(int kept, long[] left)
    {
        var store = new CheckpointStore(_directory, Specs.Small(), Specs.First) { Kept = kept };
        foreach (var version in new long[] { 0, 500, 1000, 1500 }) store.Save(At(version));
        Assert.Equal(left.Select(PathOf), Directory.GetFiles(_directory.Checkpoints).Order());
    }

    [Fact]
    public void Every_flipped_byte_of_the_values_falls_back_and_says_which_file()
    {
        _store.Save(At(1));
        _store.Save(At(2));
        var sound = File.ReadAllBytes(PathOf(2));
        for (var offset = sound.Length - (11 + 18) * sizeof(float); offset < sound.Length; offset++)
        {
            var damaged = sound.ToArray();
            damaged[offset] ^= 0x10;
            File.WriteAllBytes(PathOf(2), damaged);
            _said.Clear();
            Assert.Equal(1, Load()!.Model.Version);
            Assert.Contains(PathOf(2), Assert.Single(_said));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(300)]
    public void A_truncated_newest_falls_back(int length)
    {
        _store.Save(At(1));
        _store.Save(At(2));
        File.WriteAllBytes(PathOf(2), File.ReadAllBytes(PathOf(2))[..length]);
        Assert.Equal(1, Load()!.Model.Version);
        Assert.Single(_said);
    }

    [Fact]
    public void A_crash_in_the_middle_of_a_write_leaves_the_one_before_and_is_cleared_away()
    {
        _store.Save(At(1));
        var torn = PathOf(2) + ".4711.tmp";
        File.WriteAllBytes(torn, File.ReadAllBytes(PathOf(1))[..100]);
        Assert.Equal(1, Load()!.Model.Version);
        Assert.False(File.Exists(torn));
        Assert.Empty(_said);
    }

    [Fact]
    public void None_or_none_sound_is_none()
    {
        Assert.Null(Load());
        _store.Save(At(1));
        File.WriteAllText(PathOf(1), "no");
        Assert.Null(Load());
        Assert.Single(_said);
    }

    [Fact]
    public void Another_runs_checkpoint_is_not_taken()
    {
        new CheckpointStore(_directory, Specs.Small() with { Run = new RunId("other") }, Specs.First).Save(At(1));
        Assert.Null(Load());
        Assert.Contains("other", Assert.Single(_said));
    }

    [Fact]
    public void A_coordinator_that_was_replaced_can_save_no_more()
    {
        using (var first = new RunLock(_directory)) Assert.Equal(1, first.Incarnation.Value);
        _store.Save(At(1));
        using var second = new RunLock(_directory);
        Assert.Equal(2, second.Incarnation.Value);
        var refused = Assert.Throws<UserErrorException>(() => _store.Save(At(2)));
        Assert.Contains("later coordinator", refused.Message);
        Assert.False(File.Exists(PathOf(2)));
        new CheckpointStore(_directory, Specs.Small(), second.Incarnation).Save(At(2));
    }

    [Fact]
    public void Two_coordinators_cannot_hold_one_directory()
    {
        using var first = new RunLock(_directory);
        Assert.Contains("a coordinator is running", Assert.Throws<UserErrorException>(() => new RunLock(_directory)).Message);
    }

    [Theory]
    [InlineData("coordinator.lock")]
    [InlineData("incarnation")]
    public void Run_directory_that_can_not_be_written_in_is_not_taken_for_one_that_is_in_use(string file)
    {
        Directory.CreateDirectory(Path.Combine(_directory.Root, file));   // nothing that a file can be opened as, by root either
        Assert.StartsWith($"can't write in the run directory {_directory.Root} (", Assert.Throws<UserErrorException>(() => new RunLock(_directory)).Message);
    }
}
