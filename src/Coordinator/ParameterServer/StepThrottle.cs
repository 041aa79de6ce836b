namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>
/// When the next step may be opened: at once, so many times a second, or only when it is asked for, so that a person can follow; and not
/// while what was computed waits for the disk. It decides nothing but that: what a step computes does not depend on when it is opened. Pure;
/// owned by the exchange thread.
/// </summary>
public sealed class StepThrottle
{
    /// <summary>The longest that a pace lets a step wait: the reciprocal of a very small number is no time.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromDays(1);

    private double? _stepsPerSecond;   // null: full speed; 0: paused
    private int _stepsAskedFor;
    private TimeSpan? _lastOpened;

    /// <summary>At most so many steps a second; 0 where the run is paused, null at full speed.</summary>
    public double? StepsPerSecond => _stepsPerSecond;

    /// <summary>Whether nothing is opened at any pace, because the disk is behind.</summary>
    public bool AwaitsDisk { get; set; }

    /// <summary>When a step may be opened; null where only somebody's word opens one, or the disk.</summary>
    public TimeSpan? NextAt => _stepsPerSecond switch
    {
        _ when AwaitsDisk => null,
        null => TimeSpan.Zero,
        0 => _stepsAskedFor > 0 ? TimeSpan.Zero : null,
        { } rate => _lastOpened is { } last ? last + TimeSpan.FromSeconds(Math.Min(1 / rate, WaitMax.TotalSeconds)) : TimeSpan.Zero,
    };

    /// <summary>Changes the pace from now on.</summary>
    /// <param name="stepsPerSecond">0 to pause, null for full speed.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or no number.</exception>
    public void Set(double? stepsPerSecond)
    {
        if (stepsPerSecond is { } rate && !(rate >= 0 && double.IsFinite(rate))) throw new ArgumentOutOfRangeException(nameof(stepsPerSecond));
        _stepsPerSecond = stepsPerSecond;
        _stepsAskedFor = 0;
    }

    /// <summary>Pauses, after one more step.</summary>
    public void StepOnce()
    {
        if (_stepsPerSecond != 0) Set(0);
        _stepsAskedFor++;
    }

    /// <summary>Whether a step may be opened now.</summary>
    public bool MayOpen(TimeSpan now) => NextAt <= now;

    /// <summary>A step was opened.</summary>
    public void Opened(TimeSpan now)
    {
        if (_stepsPerSecond is null) return;
        _lastOpened = now;
        if (_stepsAskedFor > 0) _stepsAskedFor--;
    }
}
