namespace MiniBatch.Launcher.Bench;

/// <summary>
/// How long a measured run is, in epochs: the unit that every system times. The first ones are warm-up (.NET compiles,
/// allocators fill) and do not count.
/// </summary>
/// <param name="StepsPerEpoch">Steps of an epoch.</param>
/// <param name="WarmUpEpochs">Epochs that do not count.</param>
/// <param name="MeasuredEpochs">Epochs that count.</param>
public sealed record BenchLength(int StepsPerEpoch, int WarmUpEpochs, int MeasuredEpochs)
{
    /// <summary>So few that a short benchmark of slow steps needn't warm up for a whole pass over the data.</summary>
    private const int EpochsOfShortRun = 4;

    /// <summary>One step of warm-up for so many measured ones.</summary>
    private const int MeasuredPerWarmUp = 10;

    /// <summary>All epochs of a run.</summary>
    public int Epochs => WarmUpEpochs + MeasuredEpochs;

    /// <summary>The length that measures at least so many steps.</summary>
    /// <param name="steps">To measure, ≥ 1.</param>
    /// <param name="stepsOfAllData">Steps of one pass over the dataset, ≥ 1; no epoch is longer.</param>
    public static BenchLength For(int steps, int stepsOfAllData)
    {
        var perEpoch = Math.Clamp(steps / EpochsOfShortRun, 1, stepsOfAllData);
        return new BenchLength(perEpoch, DivideUp(steps, MeasuredPerWarmUp * perEpoch), DivideUp(steps, perEpoch));
    }

    /// <summary>The epochs of a run that count.</summary>
    /// <exception cref="InvalidDataException">It had another number of epochs.</exception>
    public IReadOnlyList<BenchEpoch> Counted(IReadOnlyList<BenchEpoch> epochs) => epochs.Count == Epochs
        ? [.. epochs.Skip(WarmUpEpochs)]
        : throw new InvalidDataException($"{epochs.Count} epochs were reported and {Epochs} asked for");

    private static int DivideUp(int dividend, int divisor) => (dividend + divisor - 1) / divisor;
}
