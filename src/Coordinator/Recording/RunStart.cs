using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.Recording;

/// <summary>What a coordinator starts a run from.</summary>
/// <param name="Incarnation">This coordinator's.</param>
/// <param name="Resumed">Where to go on; null to start.</param>
/// <param name="Weights">What becomes version 0 of a run that starts, in place of what its seed makes; null where the seed's does.</param>
public sealed record RunStart(Incarnation Incarnation, Checkpoint? Resumed, StartingPoint? Weights)
{
    /// <summary>Reads it from the run directory, and leaves there what a later coordinator needs for it.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="directory">Held by this process.</param>
    /// <param name="incarnation">This coordinator's.</param>
    /// <param name="resume">Whether the directory holds the run already.</param>
    /// <param name="point">What a new run starts from, where that is not its seed's version 0.</param>
    /// <exception cref="UserErrorException">A file that it needs is not sound, or the spec is not that of the checkpoint.</exception>
    public static RunStart Load(RunSpec spec, RunDirectory directory, Incarnation incarnation, bool resume, StartingPoint? point)
    {
        // Before the spec, which says that it is there.
        point?.WriteTo(directory);
        var resumed = resume ? LoadCheckpoint(spec, directory, incarnation) : null;
        StartingPoint? weights = null;
        if (resumed is null && spec.Origin is { } origin)
        {
            point ??= StartingPoint.Of(directory, origin);
            if (origin.IsContinued) resumed = CheckpointStore.Of(point, spec);
            else weights = point;
            NodeEvents.OriginTaken.Write("starts from {origin:l}", origin.ToString());
        }
        return new RunStart(incarnation, resumed, weights);
    }

    /// <summary>The newest sound checkpoint; null where the run had none yet, and starts from the beginning.</summary>
    private static Checkpoint? LoadCheckpoint(RunSpec spec, RunDirectory directory, Incarnation incarnation)
    {
        var store = new CheckpointStore(directory, spec, incarnation);
        var checkpoint = store.LoadNewest(problem => NodeEvents.CheckpointDamaged.Write("{problem:l}", problem));
        if (checkpoint is null) NodeEvents.RunBegunAgain.Write("no checkpoint yet; incarnation {incarnation} starts from the beginning", incarnation.Value);
        else
            NodeEvents.RunResumed.Write("incarnation {incarnation} goes on from step {step}", incarnation.Value, checkpoint.Model.Version);
        return checkpoint;
    }
}
