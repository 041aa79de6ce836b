using System.Globalization;

namespace MiniBatch.Explain.Narration;

/// <summary>Numbers as one would write them on paper: seven digits, as a float32 has.</summary>
internal static class Numbers
{
    /// <summary>"0.09333333", "-9.333333", "1e-06".</summary>
    public static string Of(double value) =>
        value == 0 ? "0" : value.ToString("G7", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal);

    /// <summary>The same with parentheses where a sign would meet another operator.</summary>
    public static string InTerm(double value) => value < 0 ? $"({Of(value)})" : Of(value);

    /// <summary>"(73, 80, 75)"; one number stands alone.</summary>
    public static string Tuple(ReadOnlySpan<float> values)
    {
        var texts = new List<string>();
        foreach (var value in values) texts.Add(Of(value));
        return texts.Count == 1 ? texts[0] : $"({string.Join(", ", texts)})";
    }

    /// <summary>"1,001".</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>"1 slot", "3 slots".</summary>
    public static string Of(long count, string what) => $"{Count(count)} {what}{(count == 1 ? "" : "s")}";
}
