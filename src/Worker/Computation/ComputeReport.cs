using MiniBatch.Shared.Runs;

namespace MiniBatch.Worker.Computation;

/// <summary>Compute thread → worker actor: what happened. Local; never on the wire.</summary>
public abstract record ComputeReport
{
    private ComputeReport() { }

    /// <summary>Data and model are loaded, the data connection stands.</summary>
    /// <param name="DatasetSha256">Identity of the files that were loaded.</param>
    /// <param name="Arithmetic">What this worker makes of the run.</param>
    public sealed record Connected(string DatasetSha256, Arithmetic Arithmetic) : ComputeReport;

    /// <summary>The first order came and was answered: the coordinator knows that this worker is prepared.</summary>
    public sealed record Working : ComputeReport;

    /// <summary>The data connection broke or could not be made; the session has ended. Another try may do.</summary>
    /// <param name="Reason">One line.</param>
    public sealed record Lost(string Reason) : ComputeReport;

    /// <summary>The server said goodbye; the session has ended.</summary>
    /// <param name="Ending">How the coordinator is done.</param>
    /// <param name="Reason">One line.</param>
    public sealed record Ended(RunEnding Ending, string Reason) : ComputeReport;

    /// <summary>Something that another try won't mend; the session has ended.</summary>
    /// <param name="Reason">One line.</param>
    public sealed record Failed(string Reason) : ComputeReport;
}
