namespace MiniBatch.Supervision;

/// <summary>What becomes of a worker that ended while its run goes on.</summary>
/// <param name="BackOff">It is started again after this long; null: never.</param>
/// <param name="GivenUp">It could not do its work, and won't be able to; false where it left in order.</param>
/// <param name="Reason">Why, for people: "worker-1 was killed by SIGKILL; …".</param>
public sealed record RestartVerdict(TimeSpan? BackOff, bool GivenUp, string Reason);

/// <summary>
/// The restart policy of one worker: again and again with growing back-off, until it is plain that it does not help.
/// Pure: time comes as an argument.
/// </summary>
public sealed class WorkerRestarts(string name, SupervisorOptions options)
{
    private readonly RestartBudget _budget = new(options);
    private int _quickFailuresInARow;
    private long _step;

    /// <summary>Judges an end.</summary>
    /// <param name="status">How it ended.</param>
    /// <param name="lastError">What it said last; empty if nothing.</param>
    /// <param name="started">When it was started last.</param>
    /// <param name="now">Now, on the same clock.</param>
    /// <param name="step">The highest step that a slot of its is in.</param>
    public RestartVerdict Ended(ExitStatus status, string lastError, TimeSpan started, TimeSpan now, long step)
    {
        var what = lastError.Length > 0 ? $"{name} {status} ({lastError})" : $"{name} {status}";
        // Somebody asked it to stop, and hardly to see it started again.
        if (status.Code == 0 || status.Signal == "SIGTERM" && !options.RestartsTerminated) return new RestartVerdict(null, GivenUp: false, $"{name} has left");
        if (status.Code == Usage) return GiveUp($"{what}; its command line is refused, so it is not started again");

        if (step > _step) _quickFailuresInARow = 0;
        _step = Math.Max(_step, step);
        _quickFailuresInARow = status.Code == Failure && now - started < options.QuickFailure ? _quickFailuresInARow + 1 : 0;
        if (_quickFailuresInARow >= options.QuickFailuresMax)
            return GiveUp($"{what}, for the {Ordinal(_quickFailuresInARow)} time right after its start; it is not started again");

        return _budget.Take(now - started, step) is { } backOff
            ? new RestartVerdict(backOff, GivenUp: false, $"{what}; {_budget.Describe(backOff)}")
            : GiveUp($"{what}, {_budget.DescribeEnd()}");
    }

    private const int Failure = 1;
    private const int Usage = 2;

    private static RestartVerdict GiveUp(string reason) => new(null, GivenUp: true, reason);

    private static string Ordinal(int number) => number switch { 1 => "first", 2 => "second", 3 => "third", _ => $"{number}th" };
}
