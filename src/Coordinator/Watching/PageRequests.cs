using MiniBatch.Coordinator.Exchange;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Watching;

/// <summary>
/// What the live page asks of the exchange: its pace, that a worker be cut off, a tensor, samples put through the model. Owned by the
/// exchange thread; no step passes through here.
/// </summary>
/// <param name="core">The exchange's.</param>
/// <param name="close">Closes a worker's connection, by its name, for a reason.</param>
internal sealed class PageRequests(ExchangeCore core, Action<string, string> close)
{
    private readonly Dictionary<string, TimeSpan> _cutOffUntil = [];
    private readonly Dictionary<long, (TaskCompletionSource<ForwardAnswer?> Answered, WorkerId? Worker)> _forwards = [];
    private long _lastForward;

    /// <summary>Does what is asked for.</summary>
    /// <param name="command">What.</param>
    /// <param name="now">The exchange's clock.</param>
    /// <param name="actions">Decisions are added here.</param>
    public void Handle(ExchangeCommand.OfPage command, TimeSpan now, List<ExchangeAction> actions)
    {
        switch (command)
        {
            case ExchangeCommand.SetPace pace: core.Throttle.Set(pace.StepsPerSecond); break;
            case ExchangeCommand.StepOnce: core.Throttle.StepOnce(); break;
            case ExchangeCommand.CutOff cut:
                _cutOffUntil[cut.Worker] = now + cut.Length;
                close(cut.Worker, $"it was cut off for {cut.Length.TotalSeconds:0} s, as the page asked");
                break;
            case ExchangeCommand.CopyTensor copy: copy.Copied.TrySetResult(core.Model?.CopyTensor(copy.Name)); break;
            case ExchangeCommand.Forward forward:
                _forwards[++_lastForward] = (forward.Answered, null);
                if (!core.AskForward(_lastForward, forward.Samples, forward.Inputs, actions)) Answer(_lastForward, null);
                break;
        }
    }

    /// <summary>Nobody will do what is asked for.</summary>
    public static void Refuse(ExchangeCommand.OfPage command)
    {
        (command as ExchangeCommand.CopyTensor)?.Copied.TrySetResult(null);
        (command as ExchangeCommand.Forward)?.Answered.TrySetResult(null);
    }

    /// <summary>Whether nothing of a worker is accepted now.</summary>
    public bool IsCutOff(string worker, TimeSpan now) => _cutOffUntil.TryGetValue(worker, out var until) && now < until;

    /// <summary>A worker was sent samples.</summary>
    public void Sent(long request, WorkerId worker)
    {
        if (_forwards.TryGetValue(request, out var open)) _forwards[request] = open with { Worker = worker };
    }

    /// <summary>Samples are put through the model, or never will be.</summary>
    public void Answer(long request, ForwardAnswer? answer)
    {
        if (_forwards.Remove(request, out var open)) open.Answered.TrySetResult(answer);
    }

    /// <summary>A worker's connection is gone, and with it what it was sent.</summary>
    public void Lose(WorkerId worker)
    {
        foreach (var (request, _) in _forwards.Where(open => open.Value.Worker == worker).ToList()) Answer(request, null);
    }

    /// <summary>No more is answered.</summary>
    public void End()
    {
        foreach (var request in _forwards.Keys.ToList()) Answer(request, null);
    }
}
