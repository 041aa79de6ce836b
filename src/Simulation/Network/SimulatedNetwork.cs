using MiniBatch.Simulation.Scheduling;

namespace MiniBatch.Simulation.Network;

/// <summary>What is between machines: which ways are cut, and how long something is on its way.</summary>
internal sealed class SimulatedNetwork(World world, TimeSpan latencyMax)
{
    private readonly Dictionary<(int From, int To), TimeSpan> _cutUntil = [];

    /// <summary>Control messages are lost before.</summary>
    public TimeSpan ControlLostUntil { get; set; }

    /// <summary>Cuts one way between two machines for a while.</summary>
    public void Cut(int from, int to, TimeSpan until) => _cutUntil[(from, to)] = until;

    /// <summary>When something sent now gets through at the earliest.</summary>
    public TimeSpan OpenAt(int from, int to) =>
        _cutUntil.Count > 0 && _cutUntil.TryGetValue((from, to), out var until) && until > world.Now ? until : world.Now;

    public bool IsOpen(int from, int to) => OpenAt(from, to) == world.Now;

    /// <summary>How long something is on its way now, where nothing is cut.</summary>
    public TimeSpan Latency() => world.Delay(latencyMax);

    /// <summary>When data arrives that is sent now: TCP sends again what was lost, so it waits until the way is open.</summary>
    public TimeSpan DataDelay(int from, int to)
    {
        var cut = OpenAt(from, to) - world.Now;
        // The longer nothing got through, the longer TCP waits before it tries again.
        return cut > TimeSpan.Zero ? cut + world.Delay(cut) + Latency() : Latency();
    }

    /// <summary>A message between actors: it arrives once, or not at all.</summary>
    /// <param name="channel">Its way.</param>
    /// <param name="from">Machine.</param>
    /// <param name="receive">What it does there.</param>
    public void SendControl(Channel channel, int from, Action receive)
    {
        if (world.Now < ControlLostUntil || !IsOpen(from, channel.Receiver.Process.Machine)) return;
        channel.Send(Latency(), receive);
    }
}
