using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Membership;

/// <summary>What a coordinator that goes on from a checkpoint does first.</summary>
/// <param name="Next">Which work.</param>
/// <param name="Epoch">Of it.</param>
/// <param name="EpochsDone">Epochs that are trained and evaluated.</param>
/// <param name="Trained">The training of <paramref name="Epoch"/>, where only its evaluation is missing.</param>
/// <param name="Arithmetic">The run's; null where no worker was ever ready.</param>
public sealed record ResumePoint(
    ResumePoint.Work Next, int Epoch, int EpochsDone, ExchangeReport.EpochTrained? Trained, Arithmetic? Arithmetic)
{
    /// <summary>The kinds of work.</summary>
    public enum Work
    {
        /// <summary>Train the epoch, from its beginning or from the step that the checkpoint has.</summary>
        Train,

        /// <summary>Evaluate the epoch.</summary>
        Evaluate,

        /// <summary>Nothing but to write down that the run is complete.</summary>
        End,
    }

    /// <summary>Where a run goes on after a checkpoint.</summary>
    public static ResumePoint After(Checkpoint checkpoint, RunSpec spec)
    {
        var position = checkpoint.Position;
        var done = spec.EpochsBefore + checkpoint.Epochs.Count;
        if (position.Epoch > 0 && position.StepsInEpoch < spec.StepsPerEpoch)
            return new ResumePoint(Work.Train, position.Epoch, done, null, checkpoint.Arithmetic);
        if (position.Epoch > done)
        {
            var trained = new ExchangeReport.EpochTrained(
                position.Epoch, position.Samples, position.Samples == 0 ? null : position.LossSum / position.Samples, position.Elapsed);
            return new ResumePoint(Work.Evaluate, position.Epoch, done, trained, checkpoint.Arithmetic);
        }
        return new ResumePoint(done < spec.Epochs ? Work.Train : Work.End, Math.Min(done + 1, spec.Epochs), done, null, checkpoint.Arithmetic);
    }
}
