namespace MiniBatch.Simulation.Tests;

/// <summary>The bugs that the simulation must find: each a small edit of the shipped source.</summary>
public static class Mutants
{
    private const string Gather = "Coordinator/ParameterServer/StepGather.cs";
    private const string Synchronous = "Coordinator/ParameterServer/SynchronousTraining.cs";
    private const string Arrival = "Coordinator/ParameterServer/ArrivalTraining.cs";
    private const string Exchange = "Coordinator/ParameterServer/ExchangeCore.cs";
    private const string Model = "Coordinator/ParameterServer/ModelState.cs";
    private const string Board = "Coordinator/ParameterServer/WorkBoard.cs";
    private const string Membership = "Coordinator/Membership/CoordinatorCore.cs";
    private const string Writer = "Coordinator/Recording/RunWriter.cs";
    private const string Checkpoints = "Coordinator/Recording/CheckpointStore.cs";
    private const string Worker = "Worker/Membership/WorkerCore.cs";
    private const string Supervisor = "Supervision/SupervisorCore.cs";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Mutant> All { get; } =
    [
        new("a gradient of an earlier coordinator is taken", Gather, "if (header.Incarnation != incarnation) return GatherVerdict.OtherIncarnation;", ""),
        new("a slot that is in is taken again", Gather, "if (header.Step < Step || _in[header.Slot])", "if (header.Step < Step)"),
        new("staleness is one step more than the bound", Arrival, "_slots.Contains(version, step - Spec.Mode.StepsBehindMax)", "_slots.Contains(version, step - Spec.Mode.StepsBehindMax - 1)"),
        new("a slot that is applied is applied again on arrival", Arrival, "if (_slots.IsApplied(item)) return GatherVerdict.Duplicate;", ""),
        new("a lost slot is never dealt again on arrival", Arrival, "if (_busy.Values.All(other => other.Item != held.Item)) _returned[held.Item] = worker;", ""),
        new("slots ahead of the position are not written down", Arrival, "Epoch.PositionAt(now) with { Ahead = _slots.Ahead }", "Epoch.PositionAt(now)"),
        new("a step that is not finite is left out where the run is to stop", Synchronous, "if (Spec.OnNonFinite == NonFinitePolicy.Stop)", "if (Spec.Epochs < 0)"),
        new("a step that is not finite ends the run where it is to be left out", Synchronous, "if (Spec.OnNonFinite == NonFinitePolicy.Stop)", "if (Spec.Epochs > 0)"),
        new("the generation does not rise", Membership, "new Assignment(_assignment.Generation.Next(), able)", "new Assignment(_assignment.Generation, able)"),
        new("a lost connection changes no membership", Membership, "                member.Connected = false;\n", ""),
        new("a new assignment wakes nobody up", Exchange, "        _assignment = assignment;\n        Deal(actions);", "        _assignment = assignment;"),
        new("a new connection is thought to hold the version of the old", "Coordinator/ParameterServer/HeldVersions.cs", "_held[worker] = null;", "_held.TryAdd(worker, null);"),
        new("slots of workers that are gone are not dealt", Board, "        Lose(holder => !index.ContainsKey(holder));\n", ""),
        new("Adam counts from the wrong update", Model, "gradientNorm, Version + 1, _updates + 1);", "gradientNorm, Version + 1, Version + 1);"),
        new("updates that were left out count after a resume", Model, "_updates = snapshot.Version - snapshot.Counters.UpdatesSkipped;", "_updates = snapshot.Version;"),
        new("buffers are not merged", Model, "        MergeBuffers(gather);\n", ""),
        new("a block of an evaluation counts twice", "Coordinator/ParameterServer/EvaluationGather.cs", "result.Version < _version || _results[result.Block] is not null", "result.Version < _version"),
        new("an epoch's loss is forgotten with its coordinator", "Coordinator/ParameterServer/EpochProgress.cs", "        _lossSum = position.LossSum;\n", ""),
        new("buffers are lent to two gradients", "Coordinator/Exchange/GradientPool.cs", "_free.TryPop(out var buffer)", "_free.TryPeek(out var buffer)"),
        new("a checkpoint is written before its ledger", Writer, "        _ledger.Sync();\n        var started", "        var started"),
        new("the newest checkpoint is removed instead of the oldest", Checkpoints, "others.Skip(Kept - 1)", "others.Skip(Kept).Append(written)"),
        new("the oldest checkpoint is gone on from", Checkpoints, ".ThenByDescending(path => path, StringComparer.Ordinal)", ".ThenBy(path => path, StringComparer.Ordinal)"),
        new("the incarnation is that of the coordinator before", "Coordinator/Recording/RunLock.cs", "return new Incarnation(number);", "return new Incarnation(Math.Max(1, number - 1));"),
        new("what is beyond the checkpoint stays in the ledger", Writer, "        if (incarnation.Value > 1) _ledger.CutOff();\n", ""),
        new("a file is renamed before it is on the disk", "Shared/Weights/AtomicFile.cs", "                file.Sync();\n", ""),
        new("an applied slot is not known to be", "Shared/Numerics/AppliedSlots.cs", "foreach (var item in ahead) _applied[item] = true;", ""),
        new("a worker that was late lags for ever", "Coordinator/ParameterServer/LaggingWorkers.cs", "_lagging.Remove(worker);", "_lagging.Contains(worker);"),
        new("a worker that is stuck is never found", "Coordinator/ParameterServer/AnswerWatch.cs", "if (owed < limit || owed < Factor * pace) continue;", "if (owed < TimeSpan.MaxValue) continue;"),
        new("a silent worker that is heard takes no part", "Coordinator/ParameterServer/SilenceWatch.cs", "        ear.IsSilent = false;\n        return true;", "        return false;"),
        new("steps are made however far the disk is behind", "Coordinator/ParameterServer/StepThrottle.cs", "        _ when AwaitsDisk => null,\n", ""),
        new("training waits for ever for a disk that has caught up", "Coordinator/Recording/RunBacklog.cs", "return _isFull = _isFull ? count > EntriesMax / 2 : count >= EntriesMax;", "return _isFull = _isFull || count >= EntriesMax;"),
        new("a process is started again only once", "Supervision/RestartBudget.cs", "if (_restarts >= options.RestartsMax) return null;", "if (_restarts >= 1) return null;"),
        new("a worker tells only once that it is prepared", Worker, "        _unconfirmed = message;\n", ""),
        new("a worker waits for ever for a machine that is gone", Worker, "now - _unreachableSince >= limits.UnreachableLimit", "now - _unreachableSince >= TimeSpan.MaxValue"),
        new("a worker that lost its connection does not join anew", Worker, "if (_phase == Phase.TakingPart || _unreachableSince is not null) return Rejoin(reason);", "if (_phase == Phase.TakingPart) return [];"),
        new("a coordinator that died is not started again", Supervisor, "            _coordinatorRestartAt = now + backOff;\n", ""),
        new("a worker that died is not started again", Supervisor, "        worker.RestartAt = now + verdict.BackOff;\n", ""),
    ];
}
