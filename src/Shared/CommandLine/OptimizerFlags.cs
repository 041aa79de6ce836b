using System.CommandLine;
using System.Globalization;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Numerics.Schedules;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.CommandLine;

/// <summary>
/// The flags that decide what becomes of a gradient: update rule, learning rate, clipping. Each goes with some rules or schedules;
/// typed with another, it is refused, for it would decide nothing.
/// </summary>
public sealed class OptimizerFlags
{
    private readonly Option<OptimizerKind?> _optimizer = Flag.Choice("--optimizer",
        "the update rule; gd is sgd on all samples at once, a step an epoch [the workload's: adam for convolutions, sgd for the others]",
        [.. Enum.GetValues<OptimizerKind>().Select(kind => (OptimizerSettings.NameOf(kind), kind))]);
    private readonly Option<double?> _learningRate = Flag.Number("--lr",
        $"learning rate, before any schedule [the workload's; with another rule {LearningRates()}: they train every workload without further care]");
    private readonly Option<double?> _momentum = Flag.Number("--momentum",
        "share of the last step in the next, of momentum and nesterov [0.9, as nearly everywhere: about ten gradients count]",
        zeroAllowed: true, below: 1);
    private readonly Option<double?> _alpha = Flag.Number("--alpha",
        "memory of squared gradients, of rmsprop [0.99, PyTorch's: about a hundred steps]", zeroAllowed: true, below: 1);
    private readonly Option<double?> _beta1 = Flag.Number("--beta1",
        "memory of gradients, of adam and adamw [0.9, as its authors advise: about ten steps]", zeroAllowed: true, below: 1);
    private readonly Option<double?> _beta2 = Flag.Number("--beta2",
        "memory of squared gradients, of adam and adamw [0.999, as its authors advise: about a thousand steps]", zeroAllowed: true, below: 1);
    private readonly Option<double?> _epsilon = Flag.Number("--epsilon",
        "smallest divisor, of adagrad, rmsprop, adam and adamw [1e-8, of adagrad 1e-10, PyTorch's: just not 0]", zeroAllowed: true);
    private readonly Option<double?> _weightDecay = Flag.Number("--weight-decay",
        "adds so much of every parameter to its gradient (L2); adamw shrinks the parameter itself [0: the workloads generalise without; "
        + "of adamw 0.01, PyTorch's]",
        zeroAllowed: true);
    private readonly Option<double?> _clipNorm = Flag.Number("--clip-norm",
        "shortens a step's gradient to this norm where it is longer [no limit: the workloads' stay short]");
    private readonly Option<double?> _clipValue = Flag.Number("--clip-value",
        "limits every value of a step's gradient to ±X [no limit, for the same reason]");
    private readonly Option<ScheduleKind?> _schedule = Flag.Choice("--schedule",
        "step: it falls every so many epochs; cosine: with every step, to the run's end; one-cycle: it rises first and then falls so "
        + "[constant: the workloads' --lr is chosen for it; of mnist-fast one-cycle]",
        [.. Enum.GetValues<ScheduleKind>().Select(kind => (ScheduleSettings.NameOf(kind), kind))]);
    private readonly Option<int?> _warmupSteps = Flag.Integer("--warmup-steps",
        "steps in which it first rises, evenly from 0, to what --schedule says; cosine falls after them [0: batches this small need none]", 0);
    private readonly Option<int?> _decayEpochs = Flag.Integer("--decay-epochs",
        "of --schedule step: epochs from one fall to the next [a third of --epochs: it falls twice]", 1);
    private readonly Option<double?> _decayFactor = Flag.Number("--decay-factor",
        "of --schedule step: what a fall multiplies it by [0.1, PyTorch's: a difference that shows]", below: 1);
    private readonly Option<double?> _minimumRate = Flag.Number("--lr-min",
        "of --schedule cosine: where it ends [0: the last steps only settle]", zeroAllowed: true);
    private readonly Option<double?> _peakAt = Flag.Number("--peak-at",
        "of --schedule one-cycle: the part of the run after which it is highest [0.3, PyTorch's]", below: 1);

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        command.AddFlags(
            HelpHeading.Update, _optimizer, _learningRate, _momentum, _alpha, _beta1, _beta2, _epsilon, _weightDecay, _clipNorm, _clipValue);
        command.AddFlags(HelpHeading.Rate, _schedule, _warmupSteps, _decayEpochs, _decayFactor, _minimumRate, _peakAt);
    }

    /// <summary>The update rule.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="usual">What holds where nothing is typed.</param>
    /// <exception cref="UserErrorException">A flag does not go with the rule.</exception>
    public OptimizerSettings Optimizer(ParseResult parsed, OptimizerSettings usual)
    {
        var kind = parsed.GetValue(_optimizer) ?? usual.Kind;
        var settings = kind == usual.Kind ? usual : OptimizerSettings.Default(kind);
        return settings with
        {
            LearningRate = parsed.GetValue(_learningRate) ?? settings.LearningRate,
            WeightDecay = parsed.GetValue(_weightDecay) ?? settings.WeightDecay,
            Momentum = Number(_momentum, of => of.Momentum),
            Alpha = Number(_alpha, of => of.Alpha),
            Beta1 = Number(_beta1, of => of.Beta1),
            Beta2 = Number(_beta2, of => of.Beta2),
            Epsilon = Number(_epsilon, of => of.Epsilon),
        };

        double? Number(Option<double?> flag, Func<OptimizerSettings, double?> number)
        {
            if (parsed.GetValue(flag) is not { } typed || number(settings) is not null) return parsed.GetValue(flag) ?? number(settings);
            var having = Enum.GetValues<OptimizerKind>().Where(other => number(OptimizerSettings.Default(other)) is not null);
            throw Usage($"{flag.Name} goes with --optimizer {string.Join(" or ", having.Select(OptimizerSettings.NameOf))}, not with {settings.Name}");
        }
    }

    /// <summary>The schedule.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="usual">What holds where nothing is typed.</param>
    /// <param name="epochs">Of the run.</param>
    /// <exception cref="UserErrorException">A flag does not go with the schedule.</exception>
    public ScheduleSettings Schedule(ParseResult parsed, ScheduleSettings usual, int epochs)
    {
        var kind = parsed.GetValue(_schedule) ?? usual.Kind;
        var settings = kind == usual.Kind ? usual : ScheduleSettings.Default(kind, epochs);
        RequireSchedule(_decayEpochs, ScheduleKind.Step);
        RequireSchedule(_decayFactor, ScheduleKind.Step);
        RequireSchedule(_minimumRate, ScheduleKind.Cosine);
        RequireSchedule(_peakAt, ScheduleKind.OneCycle);
        return settings with
        {
            WarmupSteps = parsed.GetValue(_warmupSteps) ?? usual.WarmupSteps,
            DecayEpochs = parsed.GetValue(_decayEpochs) ?? settings.DecayEpochs,
            DecayFactor = parsed.GetValue(_decayFactor) ?? settings.DecayFactor,
            MinimumRate = parsed.GetValue(_minimumRate) ?? settings.MinimumRate,
            PeakAt = parsed.GetValue(_peakAt) ?? settings.PeakAt,
        };

        void RequireSchedule(Option flag, ScheduleKind due)
        {
            if (kind != due && parsed.GetResult(flag) is { Implicit: false })
                throw Usage($"{flag.Name} goes with --schedule {ScheduleSettings.NameOf(due)}, not with {ScheduleSettings.NameOf(kind)}");
        }
    }

    /// <summary>How gradients are clipped.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="usual">What holds where nothing is typed.</param>
    /// <exception cref="UserErrorException">Both flags are there.</exception>
    public ClipSettings? Clip(ParseResult parsed, ClipSettings? usual) => (parsed.GetValue(_clipNorm), parsed.GetValue(_clipValue)) switch
    {
        (null, null) => usual,
        ({ } norm, null) => new ClipSettings(ClipKind.Norm, norm),
        (null, { } value) => new ClipSettings(ClipKind.Value, value),
        _ => throw Usage("--clip-norm and --clip-value are two ways to clip; take one of them"),
    };

    /// <summary>"0.1 for gd, sgd; 0.05 for …"</summary>
    private static string LearningRates() => string.Join("; ", Enum.GetValues<OptimizerKind>()
        .GroupBy(kind => OptimizerSettings.Default(kind).LearningRate, OptimizerSettings.NameOf)
        .Select(rate => string.Create(CultureInfo.InvariantCulture, $"{rate.Key} for {string.Join(", ", rate)}")));

    private static UserErrorException Usage(string message) => new(message, UserErrorException.Usage);
}
