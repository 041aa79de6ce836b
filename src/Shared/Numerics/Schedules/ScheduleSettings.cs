using System.Text.Json.Serialization;

namespace MiniBatch.Shared.Numerics.Schedules;

/// <summary>The schedules on offer.</summary>
public enum ScheduleKind
{
    /// <summary><see cref="ConstantRate"/>.</summary>
    Constant,

    /// <summary><see cref="StepDecay"/>.</summary>
    Step,

    /// <summary><see cref="CosineDecay"/>, over the whole run.</summary>
    Cosine,

    /// <summary><see cref="Schedules.OneCycle"/>, over the whole run.</summary>
    OneCycle,
}

/// <summary>
/// How the learning rate changes over a run; part of its RunSpec. A number that the kind has no use for is null.
/// </summary>
/// <param name="Kind">The schedule.</param>
/// <param name="WarmupSteps">Steps of <see cref="LinearWarmup"/> before it, ≥ 0.</param>
/// <param name="DecayEpochs">Of <see cref="ScheduleKind.Step"/>: epochs from one fall to the next, ≥ 1.</param>
/// <param name="DecayFactor">Of <see cref="ScheduleKind.Step"/>: what a fall multiplies the rate by, in (0, 1].</param>
/// <param name="MinimumRate">Of <see cref="ScheduleKind.Cosine"/>: where it ends, ≥ 0 and at most the learning rate.</param>
/// <param name="PeakAt">Of <see cref="ScheduleKind.OneCycle"/>: the part of the run in which it rises, in (0, 1).</param>
public sealed record ScheduleSettings(
    ScheduleKind Kind,
    int WarmupSteps = 0,
    int? DecayEpochs = null,
    double? DecayFactor = null,
    double? MinimumRate = null,
    double? PeakAt = null)
{
    /// <summary>The learning rate as it is, from the first step to the last.</summary>
    public static readonly ScheduleSettings Constant = new(ScheduleKind.Constant);

    /// <summary>Whether the rate of a step depends on how many epochs the run has.</summary>
    public bool DependsOnLength => Kind is ScheduleKind.Cosine or ScheduleKind.OneCycle;

    /// <summary>What a user types: "one-cycle".</summary>
    [JsonIgnore]
    public string Name => NameOf(Kind);

    /// <summary>What a user types for a kind.</summary>
    public static string NameOf(ScheduleKind kind) => kind switch
    {
        ScheduleKind.Constant => "constant",
        ScheduleKind.Step => "step",
        ScheduleKind.Cosine => "cosine",
        ScheduleKind.OneCycle => "one-cycle",
        _ => throw new ArgumentException($"There is no schedule \"{kind}\"."),
    };

    /// <summary>A schedule with the numbers that it has unless told otherwise.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="epochs">Of the run.</param>
    public static ScheduleSettings Default(ScheduleKind kind, int epochs) => kind switch
    {
        ScheduleKind.Constant => Constant,
        // It falls twice in a run: enough to see it work, and each part is long enough to gain from its rate.
        ScheduleKind.Step => new(kind, DecayEpochs: (epochs + 2) / 3, DecayFactor: 0.1),
        ScheduleKind.Cosine => new(kind, MinimumRate: 0),
        ScheduleKind.OneCycle => new(kind, PeakAt: 0.3),
        _ => throw new ArgumentException($"There is no schedule \"{kind}\"."),
    };

    /// <summary>Makes the schedule.</summary>
    /// <param name="rate">η.</param>
    /// <param name="epochs">Of the run.</param>
    /// <param name="stepsPerEpoch">Of the run.</param>
    /// <exception cref="ArgumentException">A number is out of range or missing; the message says which, in words for the
    /// user.</exception>
    public ILearningRateSchedule Create(double rate, int epochs, int stepsPerEpoch)
    {
        var totalSteps = (long)epochs * stepsPerEpoch;
        if (WarmupSteps < 0 || WarmupSteps >= totalSteps)
            throw new ArgumentException($"{WarmupSteps} warm-up steps are not fewer than the run's {totalSteps} steps");
        if (WarmupSteps > 0 && Kind == ScheduleKind.OneCycle) throw new ArgumentException("one-cycle rises by itself: it has no warm-up steps");
        ILearningRateSchedule then = Kind switch
        {
            ScheduleKind.Constant => new ConstantRate(rate),
            ScheduleKind.Step => new StepDecay(
                rate,
                DecayFactor is > 0 and <= 1 ? DecayFactor.Value : throw new ArgumentException($"a decay factor of {DecayFactor} is not above 0 and at most 1"),
                DecayEpochs is >= 1 ? (long)DecayEpochs.Value * stepsPerEpoch : throw new ArgumentException($"{DecayEpochs} decay epochs are not at least 1")),
            ScheduleKind.Cosine => new CosineDecay(
                rate,
                MinimumRate is { } minimum && minimum >= 0 && minimum <= rate ? minimum : throw new ArgumentException($"a minimum rate of {MinimumRate} is not between 0 and the learning rate {rate}"),
                WarmupSteps, totalSteps),
            ScheduleKind.OneCycle => new OneCycle(
                rate, PeakAt is > 0 and < 1 ? PeakAt.Value : throw new ArgumentException($"a peak at {PeakAt} of the run is not between 0 and 1"), totalSteps),
            _ => throw new ArgumentException($"there is no schedule \"{Kind}\""),
        };
        return WarmupSteps > 0 ? new LinearWarmup(WarmupSteps, then) : then;
    }
}
