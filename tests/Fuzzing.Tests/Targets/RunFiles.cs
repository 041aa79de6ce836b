using System.Buffers;
using System.Text;
using System.Text.Json;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Launcher.Supervision;
using MiniBatch.LivePage.Feed;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Files;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Fuzzing.Tests.Targets;

/// <summary><c>steps.jsonl</c>: as <c>verify</c> reads it, as a resume does, and as whoever looks at a run that grows.</summary>
internal sealed class LedgerTarget : FileTarget
{
    private static readonly SampleSet Samples = SampleSetOf(Specs.Small.TrainCount);

    private readonly RunDirectory _directory;

    public LedgerTarget() => _directory = new RunDirectory(Folder);

    public override string Name => "ledger";

    public override IReadOnlyList<byte[]> Corpus { get; } = [Written(2), Written(1), Written(3)];

    public override bool Read(byte[] input)
    {
        File.WriteAllBytes(_directory.Ledger, input);
        var verified = LedgerVerifier.Verify(Specs.Small, Samples, new MemoryStream(input));
        var lines = new List<LedgerLine>();
        var isWhole = true;
        try
        {
            foreach (var line in LedgerLines.Read(_directory.Ledger)) lines.Add(line);
        }
        catch (LedgerException)
        {
            isWhole = false;
        }
        Require(verified.Lines <= lines.Count, "verify agreed to more lines than can be read");

        using (var ledger = new LedgerFile(LocalFileSystem.Instance, _directory.Ledger, LedgerMark.Start))
            Require(ledger.Beyond.Count <= lines.Count, "a resume took more lines than can be read");
        // What the live page and the supervisor make of it.
        var progress = new LedgerProgress(_directory);
        progress.Look();
        LedgerTail.Find(_directory.Ledger, 2);

        var chain = LedgerCodec.ChainStart;
        var again = new ArrayBufferWriter<byte>();
        foreach (var line in lines)
        {
            chain = LedgerCodec.Write(again, line, chain);
            LedgerCodec.Read(again.WrittenSpan[..^1][(again.WrittenSpan[..^1].LastIndexOf((byte)'\n') + 1)..], ChainBefore(again.WrittenSpan));
            line.DifferenceFrom(line);
        }
        return isWhole && lines.Count > 0;
    }

    /// <summary>Each line's chain: as somebody would who knows the format.</summary>
    public override byte[] Repaired(byte[] input)
    {
        var repaired = new MemoryStream();
        var chain = LedgerCodec.ChainStart;
        foreach (var line in Encoding.Latin1.GetString(input).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var field = line.LastIndexOf(",\"chain\":\"", StringComparison.Ordinal);
            var text = Encoding.Latin1.GetBytes((field < 0 ? line : line[..field]) + "}");
            byte[] chained = [.. Convert.FromHexString(chain), .. text];
            chain = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(chained));
            repaired.Write(text.AsSpan(0, text.Length - 1));
            repaired.Write(Encoding.ASCII.GetBytes($",\"chain\":\"{chain}\"}}\n"));
        }
        return repaired.ToArray();
    }

    /// <summary>The chain that the last line follows from.</summary>
    private static string ChainBefore(ReadOnlySpan<byte> written)
    {
        var lines = Encoding.UTF8.GetString(written).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Length < 2 ? LedgerCodec.ChainStart : lines[^2][^66..^2];
    }

    private static byte[] Written(int steps)
    {
        var written = new ArrayBufferWriter<byte>();
        var chain = LedgerCodec.ChainStart;
        var plan = Specs.Small.PlanOf(1);
        for (var step = 1; step <= steps; step++)
        {
            var slots = Enumerable.Range(0, Specs.Small.Slots).Select(slot => new LedgerSlot(
                "worker-1", plan.SlotSamples(step - 1, slot).Length, "0123abcd", 120, ArrivedMicroseconds: 300)).ToList();
            var line = new LedgerLine(step, 1, 3, 1.25 / step, 7, 0.001, 0.5, false, "89abcdef", step % 2 == 0 ? new string('b', 64) : null, 1.5, slots);
            chain = LedgerCodec.Write(written, line, chain);
        }
        return written.WrittenSpan.ToArray();
    }

    private static SampleSet SampleSetOf(int count) => SyntheticImages.Create(count, seed: 1).Samples.Train;
}

/// <summary>A checkpoint: what is gone on from must be what was saved, in every number.</summary>
internal sealed class CheckpointTarget : FileTarget
{
    private static readonly ModelLayout Layout = new(
        [new TensorLayout("fc.weight", [2, 3]), new TensorLayout("fc.bias", [3])], [new TensorLayout("bn.running_mean", [2])], [new TensorLayout("bn.num_batches_tracked", [])]);

    private static readonly Incarnation First = new(1);

    private readonly RunDirectory _directory;
    private readonly CheckpointStore _store;
    private readonly string _path;
    private readonly string _saved;

    public CheckpointTarget()
    {
        _directory = new RunDirectory(Folder);
        File.WriteAllText(_directory.Incarnation, First.ToString());
        var checkpoint = new Checkpoint(
            new ModelSnapshot(
                Layout, 7, [.. Enumerable.Range(0, 11).Select(i => 7 + MathF.Sin(i))],
                [("exp_avg", [.. Enumerable.Range(0, 9).Select(i => -i * 0.1f)]), ("exp_avg_sq", new float[9])], new ExchangeCounters(1, 2, 3, 4)),
            new RunPosition(2, 7, 84, 0.5, TimeSpan.FromSeconds(1.5), [1, 2]), new LedgerMark(700, new string('c', 64)),
            [new EpochSummary(1, 1.25, 1.5, 0.75, 2, 50)], new Arithmetic("initial", "probe"));
        new CheckpointStore(_directory, Specs.Small, First).Save(checkpoint);
        _path = Directory.GetFiles(_directory.Checkpoints).Single();
        _saved = Text(checkpoint);
        Corpus = [File.ReadAllBytes(_path)];
        _store = new CheckpointStore(_directory, Specs.Small, First);
    }

    public override string Name => "checkpoint";

    public override IReadOnlyList<byte[]> Corpus { get; }

    public override bool Read(byte[] input)
    {
        File.WriteAllBytes(_path, input);
        var said = 0;
        var loaded = new CheckpointStore(_directory, Specs.Small, First).LoadNewest(_ => said++);
        _store.LoadNewest(_ => { });   // one that has looked at it before
        if (loaded is null)
        {
            Require(said == 1, "a damaged checkpoint is passed over without a word");
            return false;
        }
        Require(Text(loaded) == _saved, $"it is gone on from another place than was saved: {Text(loaded)}");
        return true;
    }

    public override byte[] Repaired(byte[] input) => SafetensorsTarget.RepairedHeader(input);

    private static string Text(Checkpoint checkpoint) =>
        JsonSerializer.Serialize(checkpoint with { Model = checkpoint.Model with { OptimizerState = [] } }, Json.Compact)
        + string.Join(";", checkpoint.Model.OptimizerState.Select(state => $"{state.Name}:{string.Join(",", state.Values)}"));
}
