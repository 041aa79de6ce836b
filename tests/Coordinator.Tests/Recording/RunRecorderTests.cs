using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.Tests.Recording;

public sealed class RunRecorderTests : IDisposable
{
    private static readonly RunSpec Spec = Specs.Small();
    private static readonly RunEnd Completed = new("completed", "all 2 epochs are trained");
    private static readonly IReadOnlyList<CommittedStep> Steps = new ImaginaryCluster(Spec, seed: 1, "a", "b").Run().Ledger;

    private readonly RunDirectory _directory = new(Directory.CreateTempSubdirectory("minibatch-test-").FullName);

    public RunRecorderTests() => _directory.Create();

    public void Dispose() => Directory.Delete(_directory.Root, recursive: true);

    private RunRecorder Record() => new(Spec, _directory, Specs.First);

    /// <summary>Two parameters tensors, a buffer and a counter; what an optimizer remembers.</summary>
    private static ModelSnapshot Model => new(
        new ModelLayout(
            [new TensorLayout("fc.weight", [2, 2]), new TensorLayout("fc.bias", [2])],
            [new TensorLayout("bn.running_mean", [1])], [new TensorLayout("bn.num_batches_tracked", [])]),
        16, [1, 2, 3, 4, 5, 6, 7], [("exp_avg", [8, 9, 10, 11, 12, 13])], new ExchangeCounters(4, 0, 5, 6));

    private async Task<string[]> LedgerOfAllSteps()
    {
        await using (var recorder = Record())
        {
            foreach (var step in Steps) recorder.Add(step);
        }
        return File.ReadAllLines(_directory.Ledger);
    }

    /// <summary>The first line whose chain does not follow, by the rule as the documentation states it; −1 for none.</summary>
    private static int FirstBreak(IReadOnlyList<string> lines)
    {
        var before = new byte[32];
        for (var i = 0; i < lines.Count; i++)
        {
            var cut = lines[i].LastIndexOf(",\"chain\":\"", StringComparison.Ordinal);
            var chain = JsonDocument.Parse(lines[i]).RootElement.GetProperty("chain").GetString()!;
            before = SHA256.HashData([.. before, .. Encoding.UTF8.GetBytes(lines[i][..cut] + "}")]);
            if (Convert.ToHexStringLower(before) != chain) return i;
        }
        return -1;
    }

    [Fact]
    public async Task Ledger_has_a_line_a_step_with_what_came_from_each_slot()
    {
        var lines = await LedgerOfAllSteps();

        Assert.Equal(16, lines.Length);
        for (var i = 0; i < lines.Length; i++)
        {
            var line = JsonDocument.Parse(lines[i]).RootElement;
            Assert.Equal((Steps[i].Step, Steps[i].Epoch), (line.GetProperty("step").GetInt64(), line.GetProperty("epoch").GetInt32()));
            Assert.Equal(Steps[i].MeanLoss, line.GetProperty("loss").GetDouble());
            Assert.Equal(Steps[i].Update.GradientNorm, line.GetProperty("gradientNorm").GetDouble());
            Assert.Equal(
                Steps[i].Slots.Select(slot => $"{slot.Worker.Name} {slot.Samples} {slot.SampleCrc:x8}"),
                line.GetProperty("slots").EnumerateArray().Select(slot =>
                    $"{slot.GetProperty("worker")} {slot.GetProperty("samples")} {slot.GetProperty("crc")}"));
        }
    }

    [Fact]
    public async Task Chain_of_the_ledger_follows_from_its_text_and_breaks_where_it_is_tampered_with()
    {
        var lines = await LedgerOfAllSteps();
        Assert.Equal(-1, FirstBreak(lines));

        var changed = lines.ToArray();
        changed[5] = changed[5].Replace("\"epoch\":1", "\"epoch\":2", StringComparison.Ordinal);
        Assert.Equal(5, FirstBreak(changed));
        Assert.Equal(7, FirstBreak([.. lines[..7], .. lines[8..]]));
        Assert.Equal(3, FirstBreak([.. lines[..3], lines[4], lines[3], .. lines[5..]]));
    }

    [Fact]
    public async Task Disk_that_is_full_is_told_once_and_names_the_place()
    {
        var recorder = Record();
        FullDisk.Under(_directory.Ledger);

        foreach (var step in Steps) recorder.Add(step);

        var problem = await recorder.Failed.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Contains(_directory.Root, problem);
        Assert.Contains("space", problem, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\n', problem);
    }

    [Fact]
    public async Task Run_whose_epochs_could_not_be_written_down_is_never_completed()
    {
        var recorder = Record();
        File.Delete(_directory.Epochs);
        Directory.CreateDirectory(_directory.Epochs);   // nobody, not even root, writes to a directory
        recorder.Add(new ExchangeReport.EpochTrained(1, 96, 0.5, TimeSpan.FromSeconds(2)), new ExchangeReport.Evaluated(8, 1500, 0.25, 1200));

        var summary = await recorder.Finish(Model, Completed);

        Assert.Equal("failed", summary.Outcome);
        Assert.Contains(_directory.Epochs, summary.Reason);
    }

    [Theory]
    [InlineData("probe", "failed", true)]
    [InlineData(Arithmetic.Unrepeatable, "completed", false)]
    public async Task Step_that_comes_out_differently_after_a_restart_ends_a_run_that_claims_to_repeat(string probe, string outcome, bool deterministic)
    {
        await LedgerOfAllSteps();

        var summary = await RedoOtherwise(probe);

        Assert.Equal((outcome, deterministic), (summary.Outcome, summary.Deterministic));
    }

    [Fact]
    public async Task Step_that_comes_out_differently_after_a_restart_ends_no_run_in_which_arithmetic_is_mixed()
    {
        await using (var recorder = Record())
        {
            recorder.Count(new MembershipCounts(FaultsSeen: 0, MostWorkers: 2, MixedArithmetic: true));
            foreach (var step in Steps) recorder.Add(step);
        }

        var summary = await RedoOtherwise("probe");

        Assert.Equal(("completed", 16, false), (summary.Outcome, summary.Faults.StepsRedone, summary.Deterministic));
    }

    /// <summary>Another coordinator goes on from version 0 with a probe of this hash, and all steps come out differently.</summary>
    private async Task<RunSummary> RedoOtherwise(string probe)
    {
        var recorder = new RunRecorder(
            Spec, _directory, Specs.First, new Checkpoint(Model with { Version = 0 }, new RunPosition(1, 0, 0, 0, TimeSpan.Zero), LedgerMark.Start, [], Specs.Arithmetic with { ProbeSha256 = probe }));
        foreach (var step in Steps) recorder.Add(step with { MeanLoss = step.MeanLoss + 1, VersionCrc = step.VersionCrc + 1 });
        return await recorder.Finish(Model, Completed);
    }

    [Fact]
    public async Task Epochs_are_lines_of_numbers_that_any_program_reads()
    {
        await using (var recorder = Record())
        {
            recorder.Add(new ExchangeReport.EpochTrained(1, 96, 0.5, TimeSpan.FromSeconds(2)), new ExchangeReport.Evaluated(8, 1500, 0.25, 1200));
        }
        Assert.Equal(
            ["epoch,trainLoss,testLoss,testAccuracy,seconds,samplesPerSecond", "1,0.5,0.25,0.8,2.000,48"],
            File.ReadAllLines(_directory.Epochs));
    }

    [Fact]
    public async Task Summary_has_what_the_run_came_to_and_reads_back()
    {
        var recorder = Record();
        recorder.AddWorker(new WorkerId("w2", 1), new ComputeDevice("cuda:1", "NVIDIA H200", 150L << 30, 1));
        recorder.AddWorker(new WorkerId("w1", 1), new ComputeDevice("cpu", "EPYC", 1L << 30, 1));
        recorder.AddWorker(new WorkerId("w1", 2), new ComputeDevice("cpu", "EPYC", 2L << 30, 1));   // it came back
        recorder.Count(new MembershipCounts(FaultsSeen: 1, MostWorkers: 3, MixedArithmetic: false));
        recorder.Add(new ExchangeReport.EpochTrained(1, 96, 0.5, TimeSpan.FromSeconds(2)), new ExchangeReport.Evaluated(8, 1500, 0.25, 1200));
        recorder.Add(new ExchangeReport.EpochTrained(2, 96, 0.4, TimeSpan.FromSeconds(1)), new ExchangeReport.Evaluated(16, 1500, 0.2, 1350));

        var summary = await recorder.Finish(Model, Completed);

        var read = JsonSerializer.Deserialize<RunSummary>(File.ReadAllBytes(_directory.Summary), Json.Indented)!;
        Assert.Equal(JsonSerializer.Serialize(summary), JsonSerializer.Serialize(read));
        Assert.Equal(Spec, JsonSerializer.Deserialize<RunSpec>(File.ReadAllBytes(_directory.Spec), Json.Indented));
        Assert.Equal(("test", "adam", "cpu, cuda:1 NVIDIA H200", 12, 4, 3, 7ul), (read.Run, read.Optimizer, read.Device, read.GlobalBatch, read.Slots, read.Workers, read.Seed));
        Assert.Equal(
            [new WorkerDevice("w1", "cpu", "EPYC", 2L << 30, 1), new WorkerDevice("w2", "cuda:1", "NVIDIA H200", 150L << 30, 1)],
            read.WorkerDevices);
        Assert.Equal((16L, 0.9, 64.0, 6, true), (read.Steps, read.TestAccuracy, read.SamplesPerSecond, read.ParameterCount, read.Deterministic));
        Assert.Equal(("completed", "all 2 epochs are trained"), (read.Outcome, read.Reason));
        Assert.Equal((1, 4, 5), (read.Faults.Seen, read.Faults.SlotsReassigned, read.Faults.DuplicatesDropped));
        Assert.Equal([1, 2], read.Epochs.Select(epoch => epoch.Epoch));
        Assert.Equal(HashOf(1, 2, 3, 4, 5, 6), read.ParametersSha256);
        Assert.Equal(HashOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13), read.StateSha256);
    }

    [Fact]
    public async Task Weights_are_named_as_pytorch_does_and_their_bytes_have_the_summarys_hash()
    {
        var summary = await Record().Finish(Model, Completed);

        var tensors = Safetensors.Read(_directory.Model).Tensors.ToDictionary(tensor => tensor.Name);

        Assert.Equal(["bn.num_batches_tracked", "bn.running_mean", "fc.bias", "fc.weight"], tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            summary.ParametersSha256,
            Convert.ToHexStringLower(SHA256.HashData([.. tensors["fc.weight"].Bytes.Span, .. tensors["fc.bias"].Bytes.Span])));
        Assert.Equal([2L, 2], tensors["fc.weight"].Shape);
        Assert.Equal(16, tensors["bn.num_batches_tracked"].Int64s[0]);   // a batch a step
    }

    [Fact]
    public async Task Run_that_never_had_a_model_has_a_summary_and_no_weights()
    {
        var summary = await Record().Finish(model: null, Completed with { Outcome = "failed", Reason = "no worker" });

        Assert.Equal(("failed", "no worker", "", 0), (summary.Outcome, summary.Reason, summary.ParametersSha256, summary.ParameterCount));
        Assert.Null(summary.TestAccuracy);
        Assert.False(File.Exists(_directory.Model));
    }

    private static string HashOf(params float[] values) =>
        Convert.ToHexStringLower(SHA256.HashData(values.SelectMany(BitConverter.GetBytes).ToArray()));
}
