using MiniBatch.Shared.Numerics.Schedules;

namespace MiniBatch.Shared.Tests.Numerics;

/// <summary>
/// The rate of every step beside what PyTorch 1.13.1's schedulers give for the same numbers, advanced after every step: 12 steps
/// in four epochs of three, η = 0.1.
/// </summary>
public class ScheduleTests
{
    private const int Epochs = 4;
    private const int StepsPerEpoch = 3;

    private static readonly ScheduleSettings Step = new(ScheduleKind.Step, DecayEpochs: 1, DecayFactor: 0.5);
    private static readonly ScheduleSettings Cosine = new(ScheduleKind.Cosine, MinimumRate: 0.01);
    private static readonly ScheduleSettings OneCycle = ScheduleSettings.Default(ScheduleKind.OneCycle, Epochs);

    public static TheoryData<string, ScheduleSettings, double[]> OfPyTorch => new()
    {
        { "SGD", ScheduleSettings.Constant, Enumerable.Repeat(0.1, 12).ToArray() },
        {
            "StepLR(3, 0.5)", Step,
            [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.0125, 0.0125, 0.0125]
        },
        {
            "CosineAnnealingLR(12, 0.01)", Cosine,
            [
                0.1, 0.09846666218300808, 0.09397114317029975, 0.08681980515339464, 0.0775, 0.06664685702961345,
                0.055, 0.04335314297038658, 0.0325, 0.023180194846605367, 0.01602885682970026, 0.011533337816991932,
            ]
        },
        {
            "LinearLR(1/4, 1, 3)", ScheduleSettings.Constant with { WarmupSteps = 4 },
            [0.025, 0.05, 0.075, .. Enumerable.Repeat(0.1, 9)]
        },
        {
            "ChainedScheduler([LinearLR(1/4, 1, 3), StepLR(3, 0.5)])", Step with { WarmupSteps = 4 },
            [0.025, 0.05, 0.075, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.0125, 0.0125, 0.0125]
        },
        {
            "SequentialLR([LinearLR(1/4, 1, 3), CosineAnnealingLR(8, 0.01)], [4])", Cosine with { WarmupSteps = 4 },
            [
                0.025, 0.05, 0.075, 0.1, 0.1, 0.0965745789630079, 0.08681980515339463, 0.07222075445642905,
                0.055, 0.03777924554357096, 0.023180194846605363, 0.013425421036992097,
            ]
        },
        {
            "OneCycleLR(0.1, total_steps=12, pct_start=0.3)", OneCycle,
            [
                0.0040000000000000036, 0.0349789654219583, 0.08792851591221287, 0.09944154354509119, 0.09330129698414118, 0.0811745653949763,
                0.06473789976951033, 0.046263710266697504, 0.028306099820869922, 0.01334775301888306, 0.0034566987425395223, 4e-07,
            ]
        },
    };

    [Theory]
    [MemberData(nameof(OfPyTorch))]
    public void Every_step_has_the_rate_that_pytorch_gives_it(string scheduler, ScheduleSettings settings, double[] rates)
    {
        var schedule = settings.Create(0.1, Epochs, StepsPerEpoch);

        Assert.All(rates.Index(), of => Assert.True(
            Math.Abs(schedule.RateAt(of.Index + 1) - of.Item) < 1e-15, $"{scheduler} has {of.Item:R} at step {of.Index + 1}, not {schedule.RateAt(of.Index + 1):R}"));
    }

    [Theory]
    [InlineData(15, 5)]
    [InlineData(10, 4)]
    [InlineData(2, 1)]
    [InlineData(1, 1)]
    public void Steps_fall_twice_in_a_run_unless_told_otherwise(int epochs, int decayEpochs) =>
        Assert.Equal(decayEpochs, ScheduleSettings.Default(ScheduleKind.Step, epochs).DecayEpochs);

    [Theory]
    [InlineData(1, 0.3)]
    [InlineData(2, 0.3)]
    [InlineData(2, 0.9)]
    [InlineData(5, 0.2)]
    [InlineData(5, 0.999)]
    public void One_cycle_has_a_rate_for_every_step_of_a_run_however_short(int steps, double peakAt)
    {
        var schedule = (OneCycle with { PeakAt = peakAt }).Create(0.1, epochs: 1, steps);

        Assert.All(Enumerable.Range(1, steps), step => Assert.InRange(schedule.RateAt(step), 0.1 / 25 / 1e4, 0.1));
    }

    public static TheoryData<ScheduleSettings, string> Impossible => new()
    {
        { ScheduleSettings.Constant with { WarmupSteps = 12 }, "12 warm-up steps" },
        { ScheduleSettings.Constant with { WarmupSteps = -1 }, "-1 warm-up steps" },
        { Step with { DecayFactor = 0 }, "decay factor of 0" },
        { Step with { DecayFactor = 1.5 }, "decay factor of 1.5" },
        { Step with { DecayFactor = null }, "decay factor of" },
        { Step with { DecayEpochs = 0 }, "0 decay epochs" },
        { Cosine with { MinimumRate = 0.2 }, "minimum rate of 0.2" },
        { Cosine with { MinimumRate = -0.1 }, "minimum rate of -0.1" },
        { Cosine with { MinimumRate = double.NaN }, "minimum rate of NaN" },
        { OneCycle with { PeakAt = 0 }, "peak at 0" },
        { OneCycle with { PeakAt = 1 }, "peak at 1" },
        { OneCycle with { WarmupSteps = 1 }, "no warm-up steps" },
        { new((ScheduleKind)9), "no schedule" },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void Numbers_out_of_range_are_refused_by_name(ScheduleSettings settings, string named) =>
        Assert.Contains(named, Assert.Throws<ArgumentException>(() => settings.Create(0.1, Epochs, StepsPerEpoch)).Message);
}
