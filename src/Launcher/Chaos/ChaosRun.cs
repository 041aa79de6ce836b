using System.Diagnostics;
using System.Globalization;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Launcher.Supervision;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Chaos;

/// <summary>
/// Trains the same run twice, by <c>train</c> with processes of its own: first undisturbed, then tormented, and holds one against
/// the other.
/// </summary>
internal sealed class ChaosRun
{
    /// <summary>What the end of processes whose supervisor has ended may take.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(15);

    /// <summary>Started for the two runs and for <c>verify</c>.</summary>
    public required BuiltPrograms Programs { get; init; }

    /// <summary>The workload and the flags that both runs are trained with.</summary>
    public required IReadOnlyList<string> TrainArguments { get; init; }

    /// <summary>What they make.</summary>
    public required RunSpec Spec { get; init; }

    /// <summary>Where both runs and the report go; exists.</summary>
    public required string Root { get; init; }

    /// <summary>SIGKILLs, ≥ 1.</summary>
    public required int Kills { get; init; }

    /// <summary>Worker processes.</summary>
    public required int Workers { get; init; }

    /// <summary>Where the datasets are; null for the usual places.</summary>
    public required string? Data { get; init; }

    /// <summary>Told how it goes.</summary>
    public required Action<string> Say { get; init; }

    /// <summary>The run that is tormented.</summary>
    private RunDirectory Disturbed => new(Path.Combine(Root, "disturbed"));

    private RunDirectory Undisturbed => new(Path.Combine(Root, "undisturbed"));

    private long Steps => (long)Spec.Epochs * Spec.StepsPerEpoch;

    /// <summary>Runs both, and compares.</summary>
    /// <exception cref="UserErrorException">The undisturbed run fails.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public ChaosReport Run(CancellationToken stop)
    {
        var closesConnections = Connections.AreOurs();
        if (!closesConnections) Say("closing connections of other processes is not permitted here, and left out");
        var plan = FaultPlan.Draw(Spec.Seed, Kills, Steps, closesConnections);
        Say(Format($"{Steps:N0} steps undisturbed"));
        var (quiet, quietEnd) = Train(Undisturbed, [], stop);
        if (quietEnd.Problem is { } failed) throw new UserErrorException($"the undisturbed run has failed: {failed}");
        Say(Format($"they took {quiet.Elapsed.TotalSeconds:N0} s; now with {plan.Count:N0} faults, {Kills:N0} kills among them, from seed {Spec.Seed}"));
        var (tormented, end) = Train(Disturbed, plan, stop);
        return Compare(quiet, tormented, end);
    }

    private (TormentResult Result, TrainEnd End) Train(RunDirectory directory, IReadOnlyList<PlannedFault> plan, CancellationToken stop)
    {
        var secret = SharedSecret.Create();
        var info = Errand.StartInfo(Programs.Dotnet, [Programs.Launcher, "train", .. TrainArguments, "--run-dir", directory.Root]);
        info.Environment[SharedSecret.Variable] = secret;
        using var train = new Process { StartInfo = info };
        var lastError = "";
        train.OutputDataReceived += (_, _) => { };
        train.ErrorDataReceived += (_, e) => lastError = string.IsNullOrWhiteSpace(e.Data) ? lastError : e.Data;
        train.Start();
        train.BeginOutputReadLine();
        train.BeginErrorReadLine();
        try
        {
            var result = new Tormentor(train, directory, plan, Steps) { Say = Say }.Run(stop);
            stop.ThrowIfCancellationRequested();
            var orphans = Orphans(secret);
            return (result, new TrainEnd(train.ExitCode == 0 ? null : $"train ended with exit code {train.ExitCode}: {lastError}", orphans));
        }
        finally
        {
            // Whatever has gone wrong here, nothing of it stays.
            foreach (var id in ClusterMembers.With(secret))
            {
                using var left = ProcessHandle.Open(id);
                left?.Send(ProcessHandle.SigKill);
            }
        }
    }

    /// <summary>Processes that are left when their supervisor has ended.</summary>
    private static IReadOnlyList<int> Orphans(string secret)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var left = ClusterMembers.With(secret);
            if (left.Count == 0 || clock.Elapsed > EndLimit) return left;
            Thread.Sleep(TimeSpan.FromMilliseconds(50));
        }
    }

    private ChaosReport Compare(TormentResult quiet, TormentResult tormented, TrainEnd end)
    {
        var problems = new List<string>();
        if (end.Problem is not null) problems.Add(end.Problem);
        if (end.Orphans.Count > 0) problems.Add($"processes are left: {string.Join(", ", end.Orphans)}");
        var made = tormented.Made.Values.Sum();
        if (made < tormented.Planned)
            problems.Add(Format($"{made:N0} of {tormented.Planned:N0} faults were made before the run was over; give it more steps for each (--steps-per-fault, or --epochs)"));
        var (expected, found) = (Undisturbed.ReadSummary(), Disturbed.ReadSummary());
        if (found is { Outcome: "completed" })
        {
            if (found.StateSha256 != expected?.StateSha256 || found.ParametersSha256 != expected.ParametersSha256)
                problems.Add("the tormented model is ANOTHER than the undisturbed one");
            if (Verify() is { } difference) problems.Add($"verify does not agree: {difference}");
        }
        else problems.Add($"the tormented run was not completed: {found?.LastWords() ?? "it left no summary"}");

        var processes = Processes(quiet, tormented);
        foreach (var use in processes)
            if (use.Survivor?.Excess(use.Undisturbed) is { } excess) problems.Add($"{use.Process} has not given back what it used: {excess}");
        return new ChaosReport
        {
            Workload = Spec.Workload,
            Seed = Spec.Seed,
            Workers = Workers,
            Kills = tormented.Made.GetValueOrDefault(FaultKind.WorkerKilled) + tormented.Made.GetValueOrDefault(FaultKind.CoordinatorKilled),
            Faults = tormented.Made.OrderBy(fault => fault.Key).ToDictionary(fault => fault.Key.Describe(), fault => fault.Value),
            Steps = Steps,
            SecondsUndisturbed = Math.Round(quiet.Elapsed.TotalSeconds, 1),
            SecondsDisturbed = Math.Round(tormented.Elapsed.TotalSeconds, 1),
            CoordinatorRestarts = found?.Faults.CoordinatorRestarts ?? 0,
            StepsRedone = found?.Faults.StepsRedone ?? 0,
            StateSha256Undisturbed = expected?.StateSha256 ?? "",
            StateSha256Disturbed = found?.StateSha256 ?? "",
            Recoveries = tormented.Recoveries,
            Slowest = tormented.Slowest,
            Processes = processes,
            Problems = problems,
        };
    }

    private static IReadOnlyList<ChaosUse> Processes(TormentResult quiet, TormentResult tormented) =>
    [
        .. quiet.Survivors.OrderBy(process => process.Key, StringComparer.Ordinal).Where(process => tormented.Most.ContainsKey(process.Key)).Select(process => new ChaosUse(
            process.Key, process.Value, tormented.Survivors.GetValueOrDefault(process.Key), tormented.Most[process.Key])),
    ];

    /// <summary>Null where the ledger, the samples and the weights are what they should be.</summary>
    private string? Verify()
    {
        try
        {
            string[] data = Data is null ? [] : ["--data", Data];
            Errand.Run("verify", Errand.StartInfo(Programs.Dotnet, [Programs.Launcher, "verify", Disturbed.Root, .. data]), CancellationToken.None);
            return null;
        }
        catch (UserErrorException e)
        {
            return e.Message;
        }
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <param name="Problem">Why <c>train</c> failed; null where it did not.</param>
    /// <param name="Orphans">Processes that it left.</param>
    private sealed record TrainEnd(string? Problem, IReadOnlyList<int> Orphans);
}
