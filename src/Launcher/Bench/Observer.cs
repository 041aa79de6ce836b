namespace MiniBatch.Launcher.Bench;

/// <summary>
/// Looks at a process while it is measured: when its first step was made, and what it and its children take of the machine, once a
/// second, which is seldom enough to cost nothing that shows.
/// </summary>
public sealed class Observer : IDisposable
{
    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstStepInterval = TimeSpan.FromMilliseconds(20);

    private readonly DateTimeOffset _started = DateTimeOffset.UtcNow;
    private readonly List<MachineCounters> _samples = [];
    private readonly ManualResetEventSlim _ended = new();
    private readonly Thread _thread;
    private DateTimeOffset? _firstStep;

    /// <summary>Begins to look at a process that was just started.</summary>
    /// <param name="process">Its id.</param>
    /// <param name="ledger">A file that its first step is written to; null where it has none.</param>
    public Observer(int process, string? ledger)
    {
        _thread = new Thread(() =>
        {
            if (ledger is not null) AwaitFirstStep(ledger);
            while (MachineCounters.Exist && !_ended.IsSet)
            {
                _samples.Add(MachineCounters.Read(process));
                _ended.Wait(SampleInterval);
            }
        }) { IsBackground = true, Name = "observer" };
        _thread.Start();
    }

    /// <summary>Seconds from its start to its first step, ± 20 ms that it takes to be written and as much to be seen; null where it has no ledger. Once this is disposed.</summary>
    public double? FirstStepSeconds => (_firstStep - _started)?.TotalSeconds;

    /// <summary>What was used between two moments, as near as samples lie within; null where there are none. Once this is disposed.</summary>
    public MachineUse? Between(DateTimeOffset from, DateTimeOffset until)
    {
        var within = _samples.Where(sample => sample.At >= from && sample.At <= until).ToArray();
        return within.Length >= 2 ? within[0].Until(within[^1]) : null;
    }

    /// <summary>Looks no more.</summary>
    public void Dispose()
    {
        _ended.Set();
        _thread.Join();
        _ended.Dispose();
    }

    private void AwaitFirstStep(string ledger)
    {
        do
        {
            if (new FileInfo(ledger) is not { Exists: true, Length: > 0 }) continue;
            _firstStep = DateTimeOffset.UtcNow;
            return;
        }
        while (!_ended.Wait(FirstStepInterval));
    }
}
