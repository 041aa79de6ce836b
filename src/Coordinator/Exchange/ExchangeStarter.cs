using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Coordinator.Watching;

namespace MiniBatch.Coordinator.Exchange;

/// <summary>Starts the exchange thread for the parameter server, and hands it the connections that come.</summary>
public sealed class ExchangeStarter(CoordinatorOptions options, RunStart start, RunRecorder recorder, CoordinatorMonitor monitor, ExchangeWatch watch)
{
    private volatile ExchangeThread? _thread;

    /// <summary>Starts the thread.</summary>
    /// <param name="report">Tells the parameter server; called on that thread, must not block.</param>
    public ExchangeThread Start(Action<ExchangeReport> report)
    {
        var thread = _thread = new ExchangeThread(
            options.Spec, start.Incarnation, options.Exchange with { Weights = start.Weights }, report, recorder, start.Resumed, monitor, watch);
        // A run that was paused when its coordinator was killed is paused still.
        if (watch.Pace is { } pace) thread.Post(new ExchangeCommand.SetPace(pace));
        return thread;
    }

    /// <summary>Gives the thread something to do; called on any thread.</summary>
    /// <returns>False where it has not been started.</returns>
    public bool TryPost(ExchangeCommand command)
    {
        if (_thread is not { } thread) return false;
        thread.Post(command);
        return true;
    }

    /// <summary>Takes over a connection; called on any thread.</summary>
    public void Accept(ExchangeCommand.AcceptLink link)
    {
        if (_thread is { } thread) thread.Post(link);
        else link.Close();   // nobody can have been admitted yet
    }
}
