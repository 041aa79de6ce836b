using System.Collections.Concurrent;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using TorchSharp;

namespace MiniBatch.Worker.Computation;

/// <summary>
/// The one thread of a process that touches torch: its random generator is global to the process, so that a second thread which
/// initialises a model or draws a dropout's mask would change what the first one computes. Sessions run on it one after the other: a
/// worker that joins anew waits until its session before has ended, whatever that was doing. One that does not end in time can only
/// be ended with its process.
/// </summary>
public sealed class ComputeThread : IDisposable
{
    /// <summary>How long a session waits for the one before: many times what a kernel takes, and a disk that is only slow.</summary>
    public static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    private readonly BlockingCollection<Turn> _turns = [];
    private readonly CpuCapability? _loadFor;
    private readonly TimeSpan _endLimit;
    private volatile bool _isLoading;
    private volatile bool _isBusy;

    /// <summary>Starts the thread.</summary>
    /// <param name="loadFor">Loads libtorch at once, held to this: it takes a second, in which the node joins its cluster. Null where the
    /// run's instruction set is not known before the first session.</param>
    /// <param name="endLimit">How long a session waits for the one before; null for <see cref="EndLimit"/>.</param>
    public ComputeThread(CpuCapability? loadFor = null, TimeSpan? endLimit = null)
    {
        _loadFor = loadFor;
        _isLoading = loadFor is not null;
        _endLimit = endLimit ?? EndLimit;
        new Thread(Run) { Name = "compute", IsBackground = true }.Start();
    }

    /// <summary>Has a session run when those before it have ended, which are to be disposed by then.</summary>
    /// <returns>The session.</returns>
    public ComputeSession Start(ComputeSession session)
    {
        if (_isBusy) NodeEvents.SessionWaits.Write("waiting for the session before to end, {seconds} s at most", _endLimit.TotalSeconds);
        // Loading is no session: a disk that is slow at it is waited for, as it is by a session that loads.
        _turns.Add(new Turn(session, _isLoading ? Timeout.InfiniteTimeSpan : _endLimit));
        return session;
    }

    /// <summary>Lets the thread end after its session; does not wait for it.</summary>
    public void Dispose() => _turns.CompleteAdding();

    private void Run()
    {
        if (_loadFor is { } capability) Load(capability);
        _isLoading = false;
        foreach (var turn in _turns.GetConsumingEnumerable())
        {
            if (!turn.TryBegin()) continue;
            _isBusy = true;
            turn.Session.Run();
            _isBusy = false;
        }
    }

    private static void Load(CpuCapability capability)
    {
        try
        {
            KernelPins.Apply(capability);
            torch.set_num_threads(1);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The session finds the same, and has somebody to tell.
        }
    }

    /// <summary>A session that waits for the thread, and gives up after a while.</summary>
    private sealed class Turn
    {
        private readonly Timer _giveUp;
        private int _isTaken;

        public Turn(ComputeSession session, TimeSpan limit)
        {
            Session = session;
            _giveUp = new Timer(
                _ =>
                {
                    if (TryBegin())
                        session.GiveUp($"the computation before this one has not ended within {limit.TotalSeconds:0} s, and only a new process helps: a disk that hangs, or a kernel");
                },
                null, limit, Timeout.InfiniteTimeSpan);
        }

        public ComputeSession Session { get; }

        /// <summary>Whether it is this caller's: the thread's to run, or the timer's to give up.</summary>
        public bool TryBegin()
        {
            if (Interlocked.Exchange(ref _isTaken, 1) != 0) return false;
            _giveUp.Dispose();
            return true;
        }
    }
}
