namespace MiniBatch.Supervision;

/// <summary>
/// How often one process may be started again: with a back-off that doubles, so many times within a window. Pure: time comes
/// as an argument.
/// </summary>
public sealed class RestartBudget(SupervisorOptions options)
{
    private readonly Queue<TimeSpan> _restarts = new();

    /// <summary>Takes one restart from it.</summary>
    /// <param name="now">On any clock that does not go back.</param>
    /// <returns>How long to wait before it; null where it is used up.</returns>
    public TimeSpan? Take(TimeSpan now)
    {
        while (_restarts.TryPeek(out var oldest) && now - oldest >= options.RestartWindow) _restarts.Dequeue();
        if (_restarts.Count >= options.RestartsMax) return null;
        var backOff = options.FirstBackOff * Math.Pow(2, _restarts.Count);
        _restarts.Enqueue(now);
        return backOff < options.BackOffMax ? backOff : options.BackOffMax;
    }

    /// <summary>What was just taken, for people: "starting it again in 0.4 s (restart 2 of at most 5 within 60 s)".</summary>
    public string Describe(TimeSpan backOff) => FormattableString.Invariant(
        $"starting it again in {backOff.TotalSeconds:0.#} s (restart {_restarts.Count} of at most {options.RestartsMax} within {options.RestartWindow.TotalSeconds:0} s)");

    /// <summary>Why there is none left, for people: "after 5 restarts within 60 s; it is not started again".</summary>
    public string DescribeEnd() => FormattableString.Invariant(
        $"after {_restarts.Count} restarts within {options.RestartWindow.TotalSeconds:0} s; it is not started again");
}
