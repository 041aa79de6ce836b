using System.Globalization;

namespace MiniBatch.Shared.Runs;

/// <summary>Names one training job; also the name of its run directory.</summary>
public readonly record struct RunId(string Value)
{
    /// <summary>A new id: workload, UTC time to the second, four random hex digits.</summary>
    public static RunId Create(string workload, DateTimeOffset now) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"{workload}-{now.UtcDateTime:yyyyMMdd-HHmmss}-{Random.Shared.Next(0x10000):x4}"));

    /// <inheritdoc />
    public override string ToString() => Value;
}

/// <summary>Counts the coordinators that have started on a run directory; fences frames and messages of earlier ones.</summary>
public readonly record struct Incarnation(long Value)
{
    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Rises whenever slots are dealt anew; fences assignments, never gradients.</summary>
public readonly record struct Generation(long Value)
{
    /// <summary>The generation after this one.</summary>
    public Generation Next() => new(Value + 1);

    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// Names one worker process: the name that people gave it and a number drawn when it started, so that a worker that
/// comes back under its old name is another worker.
/// </summary>
/// <param name="Name">For people: "worker-1".</param>
/// <param name="Session">Drawn at random by the process.</param>
public readonly record struct WorkerId(string Name, ulong Session)
{
    /// <inheritdoc />
    public override string ToString() => Name;
}
