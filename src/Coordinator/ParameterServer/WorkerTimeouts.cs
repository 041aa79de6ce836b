using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>How long the exchange waits for workers that say nothing, answer nothing, or are slow.</summary>
/// <param name="Silence">Without a byte for this long, a worker counts as hung: its slots go to others until it is heard.</param>
/// <param name="Answer">A worker that beats, and answers nothing that it was asked for this long, is stuck for good; see
/// <see cref="AnswerWatch"/>.</param>
/// <param name="BackUp">Whether late slots are also given to idle workers.</param>
public sealed record WorkerTimeouts(TimeSpan Silence, TimeSpan Answer, bool BackUp = true)
{
    /// <summary>Eight beats.</summary>
    public static readonly TimeSpan SilenceDefault = TimeSpan.FromSeconds(2);

    /// <summary>Any slot or block of 1,000 samples is computed in far less, also where the machine is loaded.</summary>
    public static readonly TimeSpan AnswerMin = TimeSpan.FromSeconds(60);

    /// <summary>A slow processor with a large model computes so much in a second at least.</summary>
    public const int SamplesPerSecondMin = 25;

    /// <summary>What a run gets that asks for nothing else.</summary>
    public static WorkerTimeouts For(RunSpec spec)
    {
        var ofLargestSlot = TimeSpan.FromSeconds((double)spec.GlobalBatch / spec.Slots / SamplesPerSecondMin);
        return new WorkerTimeouts(SilenceDefault, ofLargestSlot > AnswerMin ? ofLargestSlot : AnswerMin);
    }
}
