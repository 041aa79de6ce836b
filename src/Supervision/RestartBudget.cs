namespace MiniBatch.Supervision;

/// <summary>
/// How often one process may be started again: at once, then with a back-off that doubles, so many times without a step in between. Pure:
/// time and steps come as arguments.
/// </summary>
public sealed class RestartBudget(SupervisorOptions options)
{
    private int _restarts;
    private long _step;

    /// <summary>Takes one restart from it.</summary>
    /// <param name="lived">How long the process ran until it ended.</param>
    /// <param name="step">The last step that speaks for it; higher than at its last end, and what was before is forgotten. A step that
    /// is computed again is none: a process that dies at the same step each time would be started for ever.</param>
    /// <returns>How long to wait before it; null where it is used up.</returns>
    public TimeSpan? Take(TimeSpan lived, long step)
    {
        if (step > _step || lived >= options.SoundAfter) _restarts = 0;
        _step = Math.Max(_step, step);
        if (_restarts >= options.RestartsMax) return null;
        var backOff = _restarts == 0 ? TimeSpan.Zero : options.FirstBackOff * Math.Pow(2, _restarts - 1);
        _restarts++;
        return backOff < options.BackOffMax ? backOff : options.BackOffMax;
    }

    /// <summary>What was just taken, for people: "starting it again in 0.2 s (restart 2 of at most 5 without a step between)".</summary>
    public string Describe(TimeSpan backOff)
    {
        var when = backOff == TimeSpan.Zero ? "at once" : FormattableString.Invariant($"in {backOff.TotalSeconds:0.#} s");
        return FormattableString.Invariant($"starting it again {when} (restart {_restarts} of at most {options.RestartsMax} without a step between)");
    }

    /// <summary>Why there is none left, for people: "after 5 restarts without a step between; it is not started again".</summary>
    public string DescribeEnd() => FormattableString.Invariant($"after {_restarts} restarts without a step between; it is not started again");
}
