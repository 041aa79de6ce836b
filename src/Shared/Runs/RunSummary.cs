using System.Globalization;
using System.Text.Json.Serialization;

namespace MiniBatch.Shared.Runs;

/// <summary>What a run came to: <c>summary.json</c>.</summary>
public sealed record RunSummary
{
    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>What was trained.</summary>
    public required string Workload { get; init; }

    /// <summary>What it ran on.</summary>
    public required EngineSummary Engine { get; init; }

    /// <summary>Devices of the workers that took part, each named once.</summary>
    public required string Device { get; init; }

    /// <summary>Each worker that took part, with what it computed on.</summary>
    public IReadOnlyList<WorkerDevice> WorkerDevices { get; init; } = [];

    /// <summary>Instruction set of the workers' kernels.</summary>
    public required CpuCapability CpuCapability { get; init; }

    /// <summary>Whether the law of a synchronous run holds for it.</summary>
    public required bool Deterministic { get; init; }

    /// <summary>"sgd", "momentum", "adam" and so on; its numbers and the schedule are in the spec.</summary>
    public required string Optimizer { get; init; }

    /// <summary>η before any schedule.</summary>
    public required double LearningRate { get; init; }

    /// <summary>G.</summary>
    public required int GlobalBatch { get; init; }

    /// <summary>M.</summary>
    public required int Slots { get; init; }

    /// <summary>The most workers that took part at once.</summary>
    public required int Workers { get; init; }

    /// <summary>The run's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How gradients became updates.</summary>
    public required UpdateMode Mode { get; init; }

    /// <summary>Steps of the plan of which all slots are applied or left out.</summary>
    public required long Steps { get; init; }

    /// <summary>Updates: one a step, or in asynchronous modes one a slot.</summary>
    public required long Updates { get; init; }

    /// <summary>Updates left out because they were not finite.</summary>
    public required long UpdatesSkipped { get; init; }

    /// <summary>Updates whose gradient was over the limit of the run's clipping.</summary>
    public required long UpdatesClipped { get; init; }

    /// <summary>How old the versions were that gradients came from; absent in a synchronous run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StalenessSummary? Staleness { get; init; }

    /// <summary>From the coordinator's start to the run's end.</summary>
    public required double Seconds { get; init; }

    /// <summary>Of training alone: samples applied over the seconds in which steps were open.</summary>
    public required double SamplesPerSecond { get; init; }

    /// <summary>The epochs, in order.</summary>
    public required IReadOnlyList<EpochSummary> Epochs { get; init; }

    /// <summary>After the last epoch; null where none was evaluated.</summary>
    public required double? TestAccuracy { get; init; }

    /// <summary>float32s that the optimizer updates.</summary>
    public required int ParameterCount { get; init; }

    /// <summary>SHA-256 of the flat float32 parameters; empty where no model was initialised.</summary>
    public required string ParametersSha256 { get; init; }

    /// <summary>SHA-256 of parameters, buffers and optimizer state.</summary>
    public required string StateSha256 { get; init; }

    /// <summary>What went wrong on the way and was dealt with.</summary>
    public required FaultSummary Faults { get; init; }

    /// <summary>"completed", "failed" or "stopped".</summary>
    public required string Outcome { get; init; }

    /// <summary>One line.</summary>
    public required string Reason { get; init; }

    /// <summary>Why no run came to this; null where one may have.</summary>
    public string? Problem()
    {
        if (ParameterCount < 0) return $"parameterCount is {ParameterCount}";
        // A null in a field's place is found by the reader of JSON, in a list it is not.
        if (Epochs.Any(epoch => epoch is null)) return "an epoch is null";
        return WorkerDevices.Any(device => device is null) ? "a worker's device is null" : null;
    }

    /// <summary>How it ended, with what, and why, in a line. Leaves out what there is not: an accuracy without classes, hashes of a
    /// run that never began.</summary>
    public string LastWords() => string.Create(CultureInfo.InvariantCulture, $"{Outcome} after {Steps} steps: {Reason}")
        + (TestAccuracy is { } accuracy ? string.Create(CultureInfo.InvariantCulture, $"; test accuracy {accuracy:0.0000}") : "")
        + (ParametersSha256.Length > 0 ? $"; parameters {ParametersSha256}, state {StateSha256}" : "");
}

/// <summary>What a run ran on.</summary>
/// <param name="Akka">The actor engine.</param>
/// <param name="Torch">The tensor library.</param>
public sealed record EngineSummary(string Akka, string Torch);

/// <summary>What a worker computed on.</summary>
/// <param name="Worker">Its name.</param>
/// <param name="Device">"cpu" or "cuda:n".</param>
/// <param name="Name">The processor's or the GPU's model; may be empty.</param>
/// <param name="MemoryBytes">The GPU's, or what the machine lets the process have; 0 where it is not known.</param>
/// <param name="Threads">Threads of one operation on the CPU.</param>
public sealed record WorkerDevice(string Worker, string Device, string Name, long MemoryBytes, int Threads);

/// <summary>One epoch.</summary>
/// <param name="Epoch">1-based.</param>
/// <param name="TrainLoss">Mean over the samples applied of the loss before each step; null where none was applied.</param>
/// <param name="TestLoss">Mean over the test samples; null where the epoch was not evaluated.</param>
/// <param name="TestAccuracy">0…1; null where the epoch was not evaluated, or nothing is right or wrong.</param>
/// <param name="Seconds">Of its training.</param>
/// <param name="SamplesPerSecond">Of its training.</param>
public sealed record EpochSummary(
    int Epoch, double? TrainLoss, double? TestLoss, double? TestAccuracy, double Seconds, double SamplesPerSecond);

/// <summary>Staleness of a slot: updates applied between the version that it was computed from and itself.</summary>
/// <param name="Mean">Over all slots applied.</param>
/// <param name="Max">Of all.</param>
/// <param name="Slots">The histogram: slots with staleness 0, 1, 2, …</param>
public sealed record StalenessSummary(double Mean, int Max, IReadOnlyList<long> Slots)
{
    /// <summary>Sums a histogram up.</summary>
    public static StalenessSummary Of(IReadOnlyList<long> slots)
    {
        var sum = 0.0;
        for (var updates = 0; updates < slots.Count; updates++) sum += (double)updates * slots[updates];
        return new StalenessSummary(Math.Round(sum / Math.Max(1, slots.Sum()), 3), slots.Count - 1, slots);
    }
}

/// <summary>What went wrong on the way and was dealt with.</summary>
/// <param name="Seen">Workers lost or hung while they had slots, and coordinators that died.</param>
/// <param name="CoordinatorRestarts">Coordinators that were replaced, after they died or were stopped.</param>
/// <param name="SlotsReassigned">Slots and blocks taken from one worker and given to another.</param>
/// <param name="SlotsBackedUp">Late slots that were also given to an idle worker.</param>
/// <param name="DuplicatesDropped">Gradients dropped because one of their key was in.</param>
/// <param name="StepsRedone">Steps computed again after a coordinator was replaced, with the same result.</param>
public sealed record FaultSummary(int Seen, int CoordinatorRestarts, int SlotsReassigned, int SlotsBackedUp, int DuplicatesDropped, int StepsRedone);
