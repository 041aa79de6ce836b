using System.Collections.Concurrent;
using MiniBatch.Shared.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace MiniBatch.Coordinator.Tests.TensorBoard;

/// <summary>What is logged of TensorBoard's failures while it is there; other tests' lines pass by.</summary>
internal sealed class LoggedFailures : ILogEventSink, IDisposable
{
    private readonly ILogger _before = Log.Logger;
    private readonly ConcurrentQueue<LogEvent> _events = new();

    public LoggedFailures() => Log.Logger = new LoggerConfiguration().WriteTo.Sink(this).CreateLogger();

    public IEnumerable<string> Lines => _events.Select(logged => $"{logged.Level}: {logged.RenderMessage()}");

    public void Emit(LogEvent logEvent)
    {
        if (logEvent.Properties.TryGetValue(NodeEvent.IdProperty, out var id) && id is ScalarValue { Value: int number } && number == NodeEvents.TensorBoardFailed.Id)
            _events.Enqueue(logEvent);
    }

    public void Dispose() => Log.Logger = _before;
}
