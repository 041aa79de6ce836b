namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>
/// Knows how long recent steps took from opening to the last gradient, and so when an open one is late. Pure; owned by the
/// exchange thread.
/// </summary>
/// <remarks>
/// Late is later than <see cref="Factor"/> times the median of the last <see cref="Window"/> steps: the median, because the
/// stragglers themselves must not move the bar. Until there are <see cref="StepsMin"/> steps, nothing is late. Compare the
/// backup tasks of MapReduce (Dean and Ghemawat, 2004, §3.6).
/// </remarks>
public sealed class StragglerWatch
{
    /// <summary>Steps that are remembered.</summary>
    public const int Window = 64;

    /// <summary>Steps that are needed before anything is late.</summary>
    public const int StepsMin = 16;

    /// <summary>How many times the median is late.</summary>
    public const int Factor = 4;

    /// <summary>Less than this is noise of the scheduler, and not worth computing a slot twice.</summary>
    public static readonly TimeSpan LateMin = TimeSpan.FromMilliseconds(50);

    private readonly TimeSpan[] _recent = new TimeSpan[Window];
    private readonly TimeSpan[] _sorted = new TimeSpan[Window];
    private long _count;
    private long _sortedAt = -1;

    /// <summary>A step was gathered in this time.</summary>
    public void Add(TimeSpan elapsed) => _recent[_count++ % Window] = elapsed;

    /// <summary>Whether a step that has been open for this time is late.</summary>
    public bool IsLate(TimeSpan open) => _count >= StepsMin && open >= LateMin && open >= Factor * Median();

    /// <summary>How long a step takes, at the median of the recent ones; zero while there are few: one of them may have waited for a worker that was stopped.</summary>
    public TimeSpan Pace() => _count >= StepsMin ? Median() : TimeSpan.Zero;

    private TimeSpan Median()
    {
        var known = (int)Math.Min(_count, Window);
        if (_sortedAt != _count)
        {
            _recent.AsSpan(0, known).CopyTo(_sorted);
            _sorted.AsSpan(0, known).Sort();
            _sortedAt = _count;
        }
        return _sorted[known / 2];
    }
}
