using System.Globalization;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Progress;

/// <summary>An epoch in one line, the same in every view.</summary>
internal static class EpochText
{
    /// <summary>Losses, accuracy where there is one, rate.</summary>
    public static string Of(EpochSummary epoch, RunSpec spec)
    {
        var accuracy = epoch.TestAccuracy is { } share ? string.Create(CultureInfo.InvariantCulture, $"  test accuracy {share:0.0000}") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {epoch.Epoch}/{spec.Epochs} done  train loss {Loss(epoch.TrainLoss)}  test loss {Loss(epoch.TestLoss)}{accuracy}  {epoch.SamplesPerSecond:N0} samples/s  {epoch.Seconds:0.0} s");
    }

    /// <summary>Four digits behind the point, six below 0.01, and a power of ten where those would be zeros; "none" where none was computed.</summary>
    public static string Loss(double? loss) => loss is not { } value
        ? "none"
        : value.ToString(Math.Abs(value) >= 0.01 || value == 0 ? "0.0000" : Math.Abs(value) >= 1e-5 ? "0.000000" : "0.0e+0", CultureInfo.InvariantCulture);
}
