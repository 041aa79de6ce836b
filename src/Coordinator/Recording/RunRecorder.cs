using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Runtime.InteropServices;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.Recording;

/// <summary>Writes what a run leaves behind, and keeps what its summary needs. Used by one thread at a time.</summary>
public sealed class RunRecorder : IAsyncDisposable
{
    private readonly RunSpec _spec;
    private readonly RunDirectory _directory;
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private readonly List<EpochSummary> _epochs = [];
    private readonly SortedSet<string> _devices = [];

    /// <summary>Opens the run directory's files; the directory exists and holds no run.</summary>
    public RunRecorder(RunSpec spec, RunDirectory directory)
    {
        _spec = spec;
        _directory = directory;
        RunDirectory.WriteJson(directory.Spec, spec);
        Ledger = new Ledger(directory.Ledger);
        File.WriteAllText(directory.Epochs, "epoch,trainLoss,testLoss,testAccuracy,seconds,samplesPerSecond\n");
    }

    /// <summary>The steps.</summary>
    public Ledger Ledger { get; }

    /// <summary>The epochs so far.</summary>
    public IReadOnlyList<EpochSummary> Epochs => _epochs;

    /// <summary>A worker with this device takes part; the summary names it.</summary>
    public void AddDevice(string device) => _devices.Add(device);

    /// <summary>Writes down an epoch.</summary>
    public EpochSummary AddEpoch(ExchangeReport.EpochTrained trained, ExchangeReport.Evaluated evaluated)
    {
        var epoch = new EpochSummary(
            trained.Epoch, trained.MeanLoss, evaluated.MeanLoss, (double)evaluated.CorrectCount / evaluated.Samples,
            trained.Elapsed.TotalSeconds, trained.Samples / trained.Elapsed.TotalSeconds);
        _epochs.Add(epoch);
        File.AppendAllText(_directory.Epochs, string.Create(
            CultureInfo.InvariantCulture,
            $"{epoch.Epoch},{epoch.TrainLoss:R},{epoch.TestLoss:R},{epoch.TestAccuracy:R},{epoch.Seconds:F3},{epoch.SamplesPerSecond:F0}\n"));
        return epoch;
    }

    /// <summary>Writes the weights and the summary.</summary>
    /// <param name="model">The last version; null where there never was one.</param>
    /// <param name="outcome">"completed", "failed" or "stopped".</param>
    /// <param name="reason">One line.</param>
    /// <param name="workers">The most that took part at once.</param>
    /// <param name="faultsSeen">Workers lost while they had slots.</param>
    public async Task<RunSummary> Finish(ModelSnapshot? model, string outcome, string reason, int workers, int faultsSeen)
    {
        await Ledger.DisposeAsync();
        if (model is not null) WriteModel(model);
        var samples = _epochs.Sum(epoch => epoch.Seconds * epoch.SamplesPerSecond);
        var seconds = _epochs.Sum(epoch => epoch.Seconds);
        var summary = new RunSummary
        {
            Run = _spec.Run.Value,
            Workload = _spec.Workload,
            Engine = new EngineSummary(ProgramVersion.Akka, ProgramVersion.TorchSharp),
            Device = string.Join(", ", _devices),
            CpuCapability = _spec.CpuCapability,
            Deterministic = _devices.All(device => device.StartsWith("cpu", StringComparison.Ordinal)),
            Optimizer = NameOf(_spec.Optimizer.Kind),
            LearningRate = _spec.Optimizer.LearningRate,
            GlobalBatch = _spec.GlobalBatch,
            Slots = _spec.Slots,
            Workers = workers,
            Seed = _spec.Seed,
            Steps = model?.Version ?? 0,
            Seconds = Math.Round(_elapsed.Elapsed.TotalSeconds, 3),
            SamplesPerSecond = seconds > 0 ? Math.Round(samples / seconds, 1) : 0,
            Epochs = _epochs,
            TestAccuracy = _epochs.Count > 0 ? _epochs[^1].TestAccuracy : null,
            ParameterCount = model?.Layout.ParameterCount ?? 0,
            ParametersSha256 = model is null ? "" : ParameterHash.Sha256OfFloats(model.Values.AsSpan(0, model.Layout.ParameterCount)),
            StateSha256 = model is null ? "" : StateHash(model),
            Faults = new FaultSummary(faultsSeen, model?.Counters.SlotsReassigned ?? 0, model?.Counters.DuplicatesDropped ?? 0),
            Outcome = outcome,
            Reason = reason,
        };
        RunDirectory.WriteJson(_directory.Summary, summary);
        return summary;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Ledger.DisposeAsync();

    private static string NameOf(OptimizerKind kind) => kind.ToString().ToLowerInvariant();

    private void WriteModel(ModelSnapshot model)
    {
        var tensors = new List<NamedTensor>();
        var start = 0;
        foreach (var tensor in model.Layout.Parameters.Concat(model.Layout.Buffers))
        {
            var count = (int)tensor.ElementCount;
            tensors.Add(NamedTensor.OfFloats(tensor.Name, tensor.Shape, model.Values.AsSpan(start, count)));
            start += count;
        }
        // Layers that count batches count steps: one a step, whatever the slots.
        tensors.AddRange(model.Layout.Counters.Select(counter => NamedTensor.OfInt64s(counter.Name, counter.Shape, [model.Version])));
        Safetensors.Write(_directory.Model, tensors, new Dictionary<string, string>
        {
            ["format"] = "pt",
            ["workload"] = _spec.Workload,
            ["run"] = _spec.Run.Value,
            ["version"] = model.Version.ToString(CultureInfo.InvariantCulture),
        });
    }

    /// <summary>SHA-256 of the version's float32s, then of what the optimizer remembers, in its order.</summary>
    private static string StateHash(ModelSnapshot model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(model.Values.AsSpan()));
        foreach (var (_, values) in model.OptimizerState) hash.AppendData(MemoryMarshal.AsBytes(values.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
