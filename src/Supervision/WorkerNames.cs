using System.Globalization;

namespace MiniBatch.Supervision;

/// <summary>What people call the workers of a local run.</summary>
public static class WorkerNames
{
    /// <summary>The name of a worker.</summary>
    /// <param name="worker">0-based.</param>
    public static string Of(int worker) => $"worker-{(worker + 1).ToString(CultureInfo.InvariantCulture)}";
}
