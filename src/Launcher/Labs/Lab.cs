using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Labs;

/// <summary>A question to the cluster: what must come out is said first, then it is measured, then both stand side by side.</summary>
public abstract class Lab
{
    /// <summary>What a user types.</summary>
    public abstract string Name { get; }

    /// <summary>One line.</summary>
    public abstract string Question { get; }

    /// <summary>Says what is predicted and why, measures, and compares.</summary>
    /// <param name="bench">Trains.</param>
    /// <param name="page">For people.</param>
    /// <returns>Whether every prediction that follows from theory came true; what only this machine decides is not judged.</returns>
    public abstract bool Run(LabBench bench, TextWriter page);
}

/// <summary>One training run of a lab.</summary>
/// <param name="Summary">What it came to.</param>
/// <param name="Losses">Mean loss of each step, before its update.</param>
/// <param name="Steps">Time of each step, and of its slower worker's computing.</param>
public sealed record LabRun(RunSummary Summary, IReadOnlyList<double> Losses, IReadOnlyList<(TimeSpan Step, TimeSpan Compute)> Steps);
