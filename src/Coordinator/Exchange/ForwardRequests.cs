using MiniBatch.LivePage.Live;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Exchange;

/// <summary>Samples that somebody wanted put through the model and that no worker has answered yet. Owned by the exchange thread.</summary>
internal sealed class ForwardRequests
{
    private readonly Dictionary<long, (TaskCompletionSource<ForwardAnswer?> Answered, WorkerId? Worker)> _open = [];
    private long _last;

    /// <summary>One more.</summary>
    /// <returns>Its number.</returns>
    public long Add(TaskCompletionSource<ForwardAnswer?> answered)
    {
        _open[++_last] = (answered, null);
        return _last;
    }

    /// <summary>A worker was asked.</summary>
    public void Sent(long request, WorkerId worker)
    {
        if (_open.TryGetValue(request, out var open)) _open[request] = open with { Worker = worker };
    }

    /// <summary>It is answered, or never will be.</summary>
    public void Answer(long request, ForwardAnswer? answer)
    {
        if (_open.Remove(request, out var open)) open.Answered.TrySetResult(answer);
    }

    /// <summary>A worker has gone.</summary>
    public void Lose(WorkerId worker)
    {
        foreach (var (request, _) in _open.Where(open => open.Value.Worker == worker).ToList()) Answer(request, null);
    }

    /// <summary>No more is answered.</summary>
    public void End()
    {
        foreach (var request in _open.Keys.ToList()) Answer(request, null);
    }
}
