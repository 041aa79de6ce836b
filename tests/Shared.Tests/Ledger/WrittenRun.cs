using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Shared.Tests.Ledger;

/// <summary>
/// What a run leaves behind, without its gradients: the plan and the samples' bytes are real, losses and weights are made up.
/// </summary>
internal sealed class WrittenRun
{
    private const string ChainField = ",\"chain\":\"";

    // A layer with a buffer and a counter, as batch norm has them.
    private static readonly float[] Parameters = [0.5f, -1.25f, 3f];
    private static readonly float[] Buffers = [2f, 7f];

    public WrittenRun(RunSpec spec, LabelledImages train)
    {
        Spec = spec;
        for (var epoch = spec.EpochsBefore + 1; epoch <= spec.Epochs; epoch++)
        {
            var plan = spec.PlanOf(epoch);
            for (var step = 0; step < plan.Steps; step++) Lines.Add(Line(spec, plan, step, train));
        }
        Lines[^1] = Lines[^1] with
        {
            VersionCrc = Crc32C.Of(MemoryMarshal.AsBytes<float>([.. Parameters, .. Buffers])).ToString("x8", CultureInfo.InvariantCulture),
            StateSha256 = State,
        };
        Summary = Summarise(spec, Lines);
        Csv = Table(Summary.Epochs);
    }

    /// <summary>How its tensors lie.</summary>
    public static ModelLayout Layout { get; } = new(
        [new TensorLayout("layer.weight", [2]), new TensorLayout("layer.bias", [1])], [new TensorLayout("layer.running_mean", [2])],
        [new TensorLayout("layer.num_batches_tracked", [])]);

    /// <summary>SHA-256 of its last version; its optimizer remembers nothing.</summary>
    public static string State => ParameterHash.Sha256OfState([.. Parameters, .. Buffers], []);

    public RunSpec Spec { get; }

    public List<LedgerLine> Lines { get; } = [];

    public RunSummary Summary { get; }

    public string Csv { get; }

    /// <summary>Eight steps of 12 samples an epoch; 4 of 100 samples are dropped.</summary>
    public static RunSpec SmallSpec { get; } = new()
    {
        Run = new RunId("test"),
        ProgramVersion = "1.0",
        Workload = "mnist-mlp",
        Dataset = DatasetCatalog.Mnist.Name,
        DatasetSha256 = DatasetCatalog.Mnist.Sha256,
        TrainCount = 100,
        TestCount = 20,
        Epochs = 2,
        GlobalBatch = 12,
        Slots = 4,
        Seed = 7,
        Order = SampleOrder.Shuffled,
        LastBatch = LastBatch.Drop,
        Reduction = LossReduction.Mean,
        Optimizer = new OptimizerSettings(OptimizerKind.Sgd, 0.1),
        CpuCapability = CpuCapability.Default,
    };

    /// <summary>The ledger's lines as text, without line feeds, chained by the program's own codec.</summary>
    public List<string> Text()
    {
        var output = new ArrayBufferWriter<byte>();
        var chain = LedgerCodec.ChainStartOf(Spec.Origin);
        foreach (var line in Lines) chain = LedgerCodec.Write(output, line, chain);
        return [.. Encoding.UTF8.GetString(output.WrittenSpan).Split('\n')[..^1]];
    }

    /// <summary>Lines with their chain computed anew: what a forger would do.</summary>
    public static List<string> Rechained(IEnumerable<string> lines)
    {
        var chain = new byte[32];
        var rechained = new List<string>();
        foreach (var line in lines)
        {
            var text = line[..line.IndexOf(ChainField, StringComparison.Ordinal)];
            chain = SHA256.HashData([.. chain, .. Encoding.UTF8.GetBytes(text + "}")]);
            rechained.Add($"{text}{ChainField}{Convert.ToHexStringLower(chain)}\"}}");
        }
        return rechained;
    }

    public static byte[] Bytes(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));

    /// <summary>The weights as the recorder orders them.</summary>
    public IReadOnlyList<NamedTensor> Tensors() =>
    [
        NamedTensor.OfFloats("layer.weight", [2], Parameters.AsSpan(0, 2)),
        NamedTensor.OfFloats("layer.bias", [1], Parameters.AsSpan(2)),
        NamedTensor.OfFloats("layer.running_mean", [2], Buffers),
        NamedTensor.OfInt64s("layer.num_batches_tracked", [], [Summary.Steps]),
    ];

    /// <summary>Writes everything to a directory.</summary>
    public void Put(RunDirectory directory)
    {
        Directory.CreateDirectory(directory.Root);
        RunDirectory.WriteJson(directory.Spec, Spec);
        RunDirectory.WriteJson(directory.Summary, Summary);
        File.WriteAllBytes(directory.Ledger, Bytes(Text()));
        File.WriteAllText(directory.Epochs, Csv);
        Safetensors.Write(directory.Model, Tensors());
    }

    /// <summary>Writes the checkpoint of its end beside that.</summary>
    /// <param name="directory">The run's.</param>
    /// <param name="probe">The hash of the probe's gradient.</param>
    public void PutCheckpoint(RunDirectory directory, string probe = "probe")
    {
        Directory.CreateDirectory(directory.Checkpoints);
        List<NamedTensor> tensors = [.. CheckpointTensors.Named(Layout, [.. Parameters, .. Buffers], CheckpointTensors.ModelPrefix)];
        var metadata = new Dictionary<string, string>
        {
            ["checkpoint"] = "3",
            ["run"] = Spec.Run.Value,
            ["version"] = Summary.Updates.ToString(CultureInfo.InvariantCulture),
            ["layout"] = JsonSerializer.Serialize(Layout, Json.Compact),
            ["arithmetic"] = JsonSerializer.Serialize(new Arithmetic("initial", probe), Json.Compact),
            ["stateSha256"] = State,
            [CheckpointTensors.SpecHash] = CheckpointTensors.SpecSha256(Spec),
        };
        metadata[CheckpointTensors.HeaderHash] = CheckpointTensors.HeaderSha256(tensors, metadata);
        Safetensors.Write(Path.Combine(directory.Checkpoints, $"{Summary.Updates:D10}.safetensors"), tensors, metadata);
    }

    private static LedgerLine Line(RunSpec spec, EpochPlan plan, int stepInEpoch, LabelledImages train)
    {
        var step = ((plan.Epoch - 1) * plan.Steps) + stepInEpoch + 1;
        var slots = Enumerable.Range(0, spec.Slots).Select(slot => plan.SlotSamples(stepInEpoch, slot).ToArray())
            .Select((samples, slot) => new LedgerSlot($"worker-{slot % 2}", samples.Length, CrcOf(train, samples), 100));
        return new LedgerLine(
            step, plan.Epoch, Generation: 2, Loss: 2.5 / step, Correct: step % 5, spec.CreateSchedule().RateAt(step), GradientNorm: 1.5,
            Clipped: spec.Clip is not null, VersionCrc: "0000abcd", StateSha256: null, Milliseconds: 1.25, [.. slots]);
    }

    private static string CrcOf(LabelledImages train, int[] samples)
    {
        var bytes = samples.SelectMany(sample => train.Image(sample).ToArray().Append(train.Labels[sample]));
        return Crc32C.Of(bytes.ToArray()).ToString("x8", CultureInfo.InvariantCulture);
    }

    private static RunSummary Summarise(RunSpec spec, List<LedgerLine> lines)
    {
        var epochs = lines.GroupBy(line => line.Epoch).Select(epoch => new EpochSummary(
            epoch.Key, epoch.Sum(line => line.Loss * line.Slots.Sum(slot => slot.Samples)) / spec.SamplesPerEpoch, 0.5 / epoch.Key, 0.75, 1.5, 64)).ToList();
        return new RunSummary
        {
            Run = spec.Run.Value,
            Workload = spec.Workload,
            Engine = new EngineSummary("Akka.NET 1.5.74", "TorchSharp 0.107.0"),
            Device = "cpu",
            CpuCapability = spec.CpuCapability,
            Deterministic = true,
            Optimizer = "sgd",
            LearningRate = spec.Optimizer.LearningRate,
            GlobalBatch = spec.GlobalBatch,
            Slots = spec.Slots,
            Workers = 2,
            Seed = spec.Seed,
            Mode = UpdateMode.Synchronous,
            Steps = (int)spec.FirstVersion + lines.Count,
            Updates = (int)spec.FirstVersion + lines.Count,
            UpdatesSkipped = 0,
            UpdatesClipped = 0,
            Seconds = 3,
            SamplesPerSecond = 64,
            Epochs = epochs,
            TestAccuracy = epochs[^1].TestAccuracy,
            ParameterCount = Parameters.Length,
            ParametersSha256 = ParameterHash.Sha256OfFloats(Parameters),
            StateSha256 = State,
            Faults = new FaultSummary(0, 0, 0, 0, 0, 0),
            Outcome = "completed",
            Reason = "all epochs are trained",
        };
    }

    /// <summary>The text of <c>epochs.csv</c>.</summary>
    public static string Table(IReadOnlyList<EpochSummary> epochs) => string.Concat(
        epochs.Select(epoch => string.Create(
            CultureInfo.InvariantCulture,
            $"{epoch.Epoch},{epoch.TrainLoss:R},{epoch.TestLoss:R},{epoch.TestAccuracy:R},{epoch.Seconds:F3},{epoch.SamplesPerSecond:F0}\n"))
            .Prepend("epoch,trainLoss,testLoss,testAccuracy,seconds,samplesPerSecond\n"));
}
