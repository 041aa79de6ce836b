using System.CommandLine;

namespace MiniBatch.Shared.CommandLine;

/// <summary>
/// The flags that decide how a coordinator treats its workers and what it keeps, and nothing about the model, shared by <c>train</c>, which passes
/// them on, and <c>coordinator</c>.
/// </summary>
public sealed class CoordinatorFlags
{
    /// <summary>How long a run without any worker waits for one.</summary>
    public Option<TimeSpan?> WaitForWorkers { get; } = Flag.Duration("--wait-for-workers", "how long a run without any worker waits for one [5min: time to start a machine anew]");

    /// <summary>How long a worker that beats may answer nothing.</summary>
    public Option<TimeSpan?> AnswerLimit { get; } = Flag.Duration(
        "--answer-limit", "replace a worker that answers nothing for so long, and for 50 recent steps [60s, more for slots over 1500 samples: what slow processors need, several times over]");

    /// <summary>Whether late slots are also given to idle workers.</summary>
    /// <remarks>Not of bool: the parser gives such an option no other words than true and false.</remarks>
    public Option<Backups?> Backup { get; } = Flag.Choice(
        "--backup", "give a late slot also to an idle worker, the first copy counts [on: a slow machine then slows no other]", ("on", Backups.On), ("off", Backups.Off));

    /// <summary>Whether workers that compute other bits may take part.</summary>
    public Option<bool> MixedArithmetic { get; } = Flag.Switch(
        "--mixed-arithmetic", "admit workers that compute other bits; the run is then not deterministic [off: they are refused, for hashes would mean nothing]");

    /// <summary>Steps between two checkpoints.</summary>
    public Option<int?> CheckpointEvery { get; } = Flag.Integer(
        "--checkpoint-every",
        "write a version to go on from every N steps, and every 30 s in any case [500: the most that a crash makes compute again; a run that is gone on with is told anew]", 1);

    /// <summary>Checkpoints that are kept.</summary>
    public Option<int?> KeepCheckpoints { get; } = Flag.Integer(
        "--keep-checkpoints", "how many of the newest checkpoints are kept [3: two to fall back on where one is damaged; a run that is gone on with is told anew]", 1);

    /// <summary>Where TensorBoard's event files go.</summary>
    public Option<string?> TensorBoard { get; } = Flag.Path(
        "--tensorboard",
        "write curves and gradient histograms for TensorBoard under this folder, a folder a run [none: the run directory has the numbers; a run that is gone on with is told anew]", "DIR");

    /// <summary>What <c>--backup</c> says.</summary>
    public enum Backups
    {
        /// <summary>Late slots are given to idle workers too.</summary>
        On,

        /// <summary>They are not.</summary>
        Off,
    }

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        command.AddFlags(HelpHeading.Spread, WaitForWorkers, AnswerLimit, Backup, MixedArithmetic);
        command.AddFlags(HelpHeading.Kept, CheckpointEvery, KeepCheckpoints, TensorBoard);
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [WaitForWorkers, AnswerLimit, Backup, MixedArithmetic, CheckpointEvery, KeepCheckpoints, TensorBoard];
}
