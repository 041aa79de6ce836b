namespace MiniBatch.Shared.Runs;

/// <summary>How a coordinator takes leave of its workers: what becomes of them depends on it.</summary>
public enum RunEnding : byte
{
    /// <summary>The run can't go on, or this worker can't take part in it: the worker ends with the reason.</summary>
    Failed = 0,

    /// <summary>All epochs are trained: the worker ends.</summary>
    Completed = 1,

    /// <summary>The coordinator was asked to stop, and has written down where it was: the worker looks for the next one.</summary>
    Stopped = 2,
}
