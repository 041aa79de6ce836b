namespace MiniBatch.Coordinator.Membership;

/// <summary>What a coordinator has counted of its workers, for the run's summary.</summary>
/// <param name="FaultsSeen">Workers lost or hung while they had slots.</param>
/// <param name="MostWorkers">The most that took part at once.</param>
/// <param name="MixedArithmetic">Whether a worker of other arithmetic took part.</param>
public readonly record struct MembershipCounts(int FaultsSeen, int MostWorkers, bool MixedArithmetic);
