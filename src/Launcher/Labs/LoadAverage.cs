using System.Globalization;

namespace MiniBatch.Launcher.Labs;

/// <summary>How many threads of this machine wanted a core lately, by the kernel's count.</summary>
public static class LoadAverage
{
    private const string Kernel = "/proc/loadavg";

    /// <summary>Over the last minute; null on a system that does not say.</summary>
    /// <param name="path">Where it is said: "0.52 0.58 0.59 2/612 12345".</param>
    public static double? OfLastMinute(string path = Kernel) =>
        File.Exists(path) && double.TryParse(File.ReadAllText(path).Split(' ')[0], CultureInfo.InvariantCulture, out var load) ? load : null;
}
