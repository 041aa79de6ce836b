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
            $"epoch {epoch.Epoch}/{spec.Epochs} done  train loss {LossText.Of(epoch.TrainLoss)}  test loss {LossText.Of(epoch.TestLoss)}{accuracy}  {epoch.SamplesPerSecond:N0} samples/s  {epoch.Seconds:0.0} s");
    }
}
