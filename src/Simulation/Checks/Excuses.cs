using MiniBatch.Shared.Runs;
using MiniBatch.Simulation.Faults;
using MiniBatch.Simulation.Nodes;

namespace MiniBatch.Simulation.Checks;

/// <summary>Which faults may end a run, and with which words. Of all others a run must be trained to its end.</summary>
internal static class Excuses
{
    private static readonly (string Words, FaultKind[] Faults)[] Known =
    [
        ("No space left", [FaultKind.DiskFull]),
        ("is not finite", [FaultKind.NotFinite]),
        ("stopped by SIGTERM", [FaultKind.CoordinatorTerminated, FaultKind.StopAsked]),
        ("Ctrl+C asked for it", [FaultKind.StopAsked]),
        // Its temporary file was removed by the one that took its place.
        ("Could not find file", [FaultKind.CoordinatorReplaced]),
        ("a later coordinator", [FaultKind.CoordinatorReplaced]),
        // All of them were asked to leave, and did.
        ("no worker for", [FaultKind.WorkerTerminated, FaultKind.StrangerAdded]),
        // A stranger that was there first is the one that all others are strangers to.
        ("no worker is left", [FaultKind.WorkerTerminated, FaultKind.StrangerAdded]),
    ];

    public static bool Allow(SimulatedCluster cluster, int exitCode, string reason)
    {
        var happened = cluster.Faults.Happened;
        // Where such updates are to be left out, none ends the run: they are not a hundred in a row.
        if (cluster.Schedule.Spec.OnNonFinite == NonFinitePolicy.Stop && cluster.Schedule.Faults.Any(fault => fault.Kind == FaultKind.NotFinite))
            happened.Add(FaultKind.NotFinite);
        return exitCode != 0 && Known.Any(known => reason.Contains(known.Words, StringComparison.Ordinal) && known.Faults.Any(happened.Contains));
    }
}
