using System.Text.Json;
using MiniBatch.LivePage.Feed;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Supervision;

/// <summary>How far a run is, and which workers take part in it, as its ledger tells. From any thread.</summary>
/// <param name="directory">The run's; there need be no ledger yet.</param>
public sealed class LedgerProgress(RunDirectory directory)
{
    /// <summary>Of what came since the last look so many lines are read, at equal distances: a worker that took part is in one of them.</summary>
    private const int LinesMax = 200;

    private readonly Lock _gate = new();
    private readonly LedgerTail _tail = new(directory.Ledger);
    private readonly Dictionary<string, long> _stepOfWorker = [];
    private long _step;

    /// <summary>The highest step that was ever in the ledger; 0 where there was none. Steps that are computed again do not raise it.</summary>
    public long Step
    {
        get
        {
            lock (_gate)
            {
                Look();
                return _step;
            }
        }
    }

    /// <summary>The highest step that a slot of a worker's was ever in; 0 where there was none.</summary>
    public long StepOf(string worker)
    {
        lock (_gate)
        {
            Look();
            return _stepOfWorker.GetValueOrDefault(worker);
        }
    }

    /// <summary>Reads on.</summary>
    /// <returns>Whether there were lines that were not there at the last look, also those of steps that are computed again.</returns>
    public bool Look()
    {
        lock (_gate)
        {
            var grew = false;
            foreach (var line in Read())
            {
                // Where the ledger was cut off and has grown again between two looks, a line may begin in its middle.
                if (!TryParse(line, out var step, out var workers)) continue;
                grew = true;
                _step = Math.Max(_step, step);
                foreach (var worker in workers) _stepOfWorker[worker] = Math.Max(_stepOfWorker.GetValueOrDefault(worker), step);
            }
            return grew;
        }
    }

    private IReadOnlyList<string> Read()
    {
        try
        {
            return _tail.Read(LinesMax).Lines;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];   // it is being replaced, or the disk fails: the coordinator says so
        }
    }

    private static bool TryParse(string text, out long step, out List<string> workers)
    {
        (step, workers) = (0, []);
        try
        {
            using var line = JsonDocument.Parse(text);
            step = line.RootElement.GetProperty("step").GetInt64();
            foreach (var slot in line.RootElement.GetProperty("slots").EnumerateArray()) workers.Add(slot.GetProperty("worker").GetString() ?? "");
            return true;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }
}
