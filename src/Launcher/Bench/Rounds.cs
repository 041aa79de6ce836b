namespace MiniBatch.Launcher.Bench;

/// <summary>
/// The order of measurements: A B C, A B C, … and not A A, B B, …: what a machine does besides (another user, heat) comes
/// and goes in minutes, and then falls on all alike.
/// </summary>
public static class Rounds
{
    /// <summary>Every one once a round, in the same order.</summary>
    /// <param name="systems">What is measured.</param>
    /// <param name="rounds">How often.</param>
    public static IEnumerable<(int Round, T System)> Interleaved<T>(IReadOnlyList<T> systems, int rounds) =>
        Enumerable.Range(1, rounds).SelectMany(round => systems.Select(system => (round, system)));
}
