namespace MiniBatch.Processes.Harness;

/// <summary>
/// A process that is stopped again and again for a moment, far shorter than it takes to count as hung: it does everything, and
/// everything late. Runs on at full speed when disposed.
/// </summary>
internal sealed class SlowedProcess : IDisposable
{
    /// <summary>How long it stands at a time.</summary>
    public static readonly TimeSpan Stands = TimeSpan.FromMilliseconds(400);

    private static readonly TimeSpan Runs = TimeSpan.FromMilliseconds(40);

    private readonly ManualResetEventSlim _end = new();
    private readonly Thread _slowing;

    public SlowedProcess(NodeProcess process)
    {
        _slowing = new Thread(() =>
        {
            do
            {
                process.Send(Signal.Stop);
                _end.Wait(Stands);
                process.Send(Signal.Continue);
            }
            while (!_end.Wait(Runs));
        }) { IsBackground = true };
        _slowing.Start();
    }

    public void Dispose()
    {
        _end.Set();
        _slowing.Join();
        _end.Dispose();
    }
}
