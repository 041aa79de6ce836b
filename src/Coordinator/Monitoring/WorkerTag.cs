namespace MiniBatch.Coordinator.Monitoring;

/// <summary>The label of what is measured of one worker.</summary>
internal static class WorkerTag
{
    public static KeyValuePair<string, object?> Of(string worker) => new("worker", worker);
}
