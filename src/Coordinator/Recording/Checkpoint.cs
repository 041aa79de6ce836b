using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Recording;

/// <summary>Everything that a coordinator needs to go on from a version as if nothing had happened.</summary>
/// <param name="Model">Parameters, buffers, optimizer state, counters.</param>
/// <param name="Position">How far the run is.</param>
/// <param name="Ledger">The ledger's length and chain at this version.</param>
/// <param name="Epochs">The epochs that are trained and evaluated.</param>
/// <param name="Arithmetic">The run's; null where no worker was ready yet.</param>
public sealed record Checkpoint(
    ModelSnapshot Model, RunPosition Position, LedgerMark Ledger, IReadOnlyList<EpochSummary> Epochs, Arithmetic? Arithmetic);
