using Akka.Event;

namespace MiniBatch.Shared.Logging;

/// <summary>Takes the place of Akka's logger to standard output, which belongs to the program. Writes nothing.</summary>
public sealed class NoStandardOutput : MinimalLogger
{
    /// <inheritdoc />
    protected override void Log(object message)
    {
    }
}
