using Serilog.Core;
using Serilog.Events;

namespace MiniBatch.Launcher.LocalRun;

/// <summary>Writes an event as a person reads the launcher's own lines: <c>minibatch: worker-1 was killed by SIGKILL; …</c></summary>
public sealed class PeopleSink(TextWriter output) : ILogEventSink
{
    /// <inheritdoc />
    public void Emit(LogEvent logEvent) => output.WriteLine($"minibatch: {logEvent.RenderMessage()}");
}
