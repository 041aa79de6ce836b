using System.Net.Sockets;
using MiniBatch.Coordinator.Membership;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.DataPlane.SharedMemory;

namespace MiniBatch.Coordinator.Exchange;

/// <summary>What actors, the listener and the live page ask of the exchange thread. Local; handled in the order in which they were posted.</summary>
public abstract record ExchangeCommand
{
    private ExchangeCommand() { }

    /// <summary>A connection has passed the handshake; the exchange owns the socket from here on.</summary>
    /// <param name="Socket">Connected.</param>
    /// <param name="Identity">Who is at its other end.</param>
    /// <param name="Region">The memory that is shared with it; null where there is none.</param>
    public sealed record AcceptLink(Socket Socket, SessionIdentity Identity, SharedRegion? Region = null) : ExchangeCommand
    {
        /// <summary>Nobody takes it over.</summary>
        public void Close()
        {
            Socket.Dispose();
            Region?.Dispose();
        }
    }

    /// <summary>Close a worker's connection.</summary>
    /// <param name="Worker">The worker.</param>
    /// <param name="Reason">One line; goes to the worker as its goodbye.</param>
    public sealed record Dismiss(MiniBatch.Shared.Runs.WorkerId Worker, string Reason) : ExchangeCommand;

    /// <summary>Deal anew.</summary>
    /// <param name="Assignment">Who takes part from now on.</param>
    public sealed record Deal(Assignment Assignment) : ExchangeCommand;

    /// <summary>Get version 0. Report: <c>ModelReady</c>.</summary>
    public sealed record Initialise : ExchangeCommand;

    /// <summary>Train one epoch. Reports: <c>Advanced</c>, then <c>EpochTrained</c>.</summary>
    /// <param name="Epoch">1-based.</param>
    public sealed record Train(int Epoch) : ExchangeCommand;

    /// <summary>Evaluate the current version. Report: <c>Evaluated</c>.</summary>
    public sealed record Evaluate : ExchangeCommand;

    /// <summary>Apply nothing more.</summary>
    public sealed record Halt : ExchangeCommand;

    /// <summary>Write the current version down.</summary>
    public sealed record Save : ExchangeCommand;

    /// <summary>The run ends here: apply nothing more, copy the current version out. Report: <c>Snapshot</c>.</summary>
    public sealed record TakeSnapshot : ExchangeCommand;

    /// <summary>Say goodbye to every worker and end the thread.</summary>
    /// <param name="Goodbye">What to say.</param>
    public sealed record Stop(Goodbye Goodbye) : ExchangeCommand;

    /// <summary>What somebody at the live page asks for.</summary>
    public abstract record OfPage : ExchangeCommand;

    /// <summary>Open at most so many steps a second; 0 to pause, null for full speed.</summary>
    public sealed record SetPace(double? StepsPerSecond) : OfPage;

    /// <summary>Pause, after one more step.</summary>
    public sealed record StepOnce : OfPage;

    /// <summary>Break a worker's connection without a word, and accept none of it for a while.</summary>
    /// <param name="Worker">Its name.</param>
    /// <param name="Length">For how long.</param>
    public sealed record CutOff(string Worker, TimeSpan Length) : OfPage;

    /// <summary>Copy a tensor of the current version out.</summary>
    /// <param name="Name">As PyTorch names it.</param>
    /// <param name="Copied">Set with it; with null where there is none.</param>
    public sealed record CopyTensor(string Name, TaskCompletionSource<TensorCopy?> Copied) : OfPage;

    /// <summary>Have a worker put samples through the model.</summary>
    /// <param name="Samples">How many, ≥ 1.</param>
    /// <param name="Inputs">float32[samples, …].</param>
    /// <param name="Answered">Set with what came out; with null where there is nobody to ask, or the worker has gone.</param>
    public sealed record Forward(int Samples, float[] Inputs, TaskCompletionSource<ForwardAnswer?> Answered) : OfPage;
}
