using System.Globalization;

namespace MiniBatch.Shared.Runs;

/// <summary>A loss for people: never as a better one than was computed.</summary>
public static class LossText
{
    /// <summary>Four digits behind the point, six below 0.01, and a power of ten where those would be zeros; "none" where none was computed.</summary>
    public static string Of(double? loss) => loss is not { } value
        ? "none"
        : value.ToString(Math.Abs(value) >= 0.01 || value == 0 ? "0.0000" : Math.Abs(value) >= 1e-5 ? "0.000000" : "0.0e+0", CultureInfo.InvariantCulture);
}
