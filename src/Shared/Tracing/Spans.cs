using System.Diagnostics;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Tracing;

/// <summary>The spans of a run: run → epoch → step → slot, the last on the worker that computes it.</summary>
public static class Spans
{
    /// <summary>Makes them, where somebody listens: OpenTelemetry does where it is told where to send them.</summary>
    public static readonly ActivitySource Source = new("MiniBatch", ProgramVersion.Current);

    /// <summary>Of so many steps one is traced, the first among them: a step takes less time than sending its spans.</summary>
    public const int StepsPerTrace = 100;
}
