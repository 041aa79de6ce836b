using System.Diagnostics;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tracing;

namespace MiniBatch.Coordinator.Monitoring;

/// <summary>The spans of the run, its epochs and one in <see cref="Spans.StepsPerTrace"/> of its steps.</summary>
/// <remarks>Belongs to the exchange thread. Costs a comparison a step where nobody listens.</remarks>
internal sealed class TrainingTrace : IDisposable
{
    private readonly Activity? _run;
    private readonly Dictionary<long, Activity> _steps = [];
    private Activity? _epoch;

    /// <summary>Begins the run's span.</summary>
    public TrainingTrace(RunSpec spec)
    {
        _run = Spans.Source.StartActivity("run", ActivityKind.Internal, default(ActivityContext), [
            Tag("minibatch.run", spec.Run.Value), Tag("minibatch.workload", spec.Workload), Tag("minibatch.global_batch", spec.GlobalBatch),
            Tag("minibatch.slots", spec.Slots), Tag("minibatch.mode", spec.Mode.ToString()),
        ]);
        // Spans begin where their parent is named, never in what this thread did before.
        Activity.Current = null;
    }

    /// <summary>Begins an epoch's span, and ends the one before.</summary>
    public void EpochStarted(int epoch)
    {
        if (_run is null) return;
        EpochEnded();
        _epoch = Start("epoch", _run, Tag("minibatch.epoch", epoch));
    }

    /// <summary>A slot is ordered: begins its step's span, where that is one to trace and not begun yet.</summary>
    /// <returns>What travels with the order.</returns>
    public TraceContext Ordered(in StepOrder order)
    {
        if (_epoch is null || order.Step % Spans.StepsPerTrace != 1) return default;
        if (!_steps.TryGetValue(order.Step, out var span))
        {
            if (Start("step", _epoch, Tag("minibatch.step", order.Step), Tag("minibatch.version", order.Version), Tag("minibatch.generation", order.Generation.Value)) is not { } begun)
                return default;
            _steps.Add(order.Step, span = begun);
        }
        return TraceContext.Of(span);
    }

    /// <summary>A step is committed: its span ends.</summary>
    public void Committed(CommittedStep step)
    {
        if (_steps.Count == 0 || !_steps.Remove(step.Step, out var span)) return;
        span.SetTag("minibatch.loss", step.MeanLoss);
        if (step.Skipped is { } reason) span.SetStatus(ActivityStatusCode.Error, reason);
        span.Dispose();
    }

    /// <summary>All slots of the epoch are applied.</summary>
    public void EpochEnded()
    {
        foreach (var span in _steps.Values) span.Dispose();
        _steps.Clear();
        _epoch?.Dispose();
        _epoch = null;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        EpochEnded();
        _run?.Dispose();
    }

    private static Activity? Start(string name, Activity parent, params KeyValuePair<string, object?>[] tags)
    {
        var span = Spans.Source.StartActivity(name, ActivityKind.Internal, parent.Context, tags);
        Activity.Current = null;
        return span;
    }

    private static KeyValuePair<string, object?> Tag(string name, object value) => new(name, value);
}
