using System.Globalization;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Progress;

/// <summary>How fast an epoch goes, and how long the run will still take at that rate.</summary>
public sealed class Pace(RunSpec spec)
{
    /// <summary>Samples a second in this epoch so far, while steps were open.</summary>
    public static double SamplesPerSecond(ExchangeReport.Advanced progress) =>
        progress.Samples / Math.Max(progress.Elapsed.TotalSeconds, 1e-3);

    /// <summary>Training time that is left, evaluations not counted.</summary>
    public TimeSpan Left(ExchangeReport.Advanced progress)
    {
        var samplesLeft = (long)(spec.Epochs - progress.Epoch + 1) * spec.SamplesPerEpoch - progress.Samples;
        return TimeSpan.FromSeconds(samplesLeft / Math.Max(SamplesPerSecond(progress), 1));
    }

    /// <summary>Both, in words.</summary>
    public string Describe(ExchangeReport.Advanced progress) => string.Create(
        CultureInfo.InvariantCulture, $"{SamplesPerSecond(progress):N0} samples/s  ETA {Words(Left(progress))}");

    /// <summary>"8 s", "3 min 20 s", "1 h 5 min".</summary>
    public static string Words(TimeSpan time) => time.TotalSeconds <= 59 ? $"{Math.Ceiling(time.TotalSeconds):0} s"
        : time.TotalMinutes < 60 ? $"{(int)time.TotalMinutes} min {time.Seconds} s"
        : $"{(int)time.TotalHours} h {time.Minutes} min";
}
