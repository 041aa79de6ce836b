namespace MiniBatch.Graphics.Plots;

/// <summary>
/// Colours of series, by their number, for a light ground, a dark ground and a terminal: told apart by people who see red and green
/// alike too, for neighbours also differ in lightness; each at least 3:1 against its ground.
/// </summary>
public static class PlotColors
{
    private static readonly (string Light, string Dark, int Terminal)[] All =
    [
        ("#1f63b5", "#74b3ff", 33),
        ("#c8500a", "#ff9b52", 166),
        ("#12805c", "#4fd1a1", 29),
        ("#8a3fb5", "#cf9bff", 134),
        ("#8c6d00", "#e8c547", 136),
        ("#c22f63", "#ff86ae", 168),
        ("#0f7d8c", "#56d3e3", 30),
        ("#59616e", "#b8c0cc", 102),
    ];

    /// <summary>Series that can be told apart.</summary>
    public static int Count => All.Length;

    /// <summary>On white, as "#rrggbb".</summary>
    public static string OnLight(int series) => All[series % Count].Light;

    /// <summary>On almost black.</summary>
    public static string OnDark(int series) => All[series % Count].Dark;

    /// <summary>Of the 256 that terminals agree on; seen on black and on white.</summary>
    public static int InTerminal(int series) => All[series % Count].Terminal;
}
