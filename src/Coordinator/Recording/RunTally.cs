using System.Text.Json;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Files;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Recording;

/// <summary>
/// What a run's summary says of all its coordinators together. In a file of its own, written as things happen: a checkpoint would
/// forget what happened after it. Used by one thread at a time.
/// </summary>
public sealed class RunTally
{
    /// <summary>The file's content.</summary>
    /// <param name="FaultsSeen">Workers lost or hung while they had slots.</param>
    /// <param name="MostWorkers">The most that took part at once.</param>
    /// <param name="MixedArithmetic">Whether a worker of other arithmetic took part.</param>
    /// <param name="StepsRedone">Steps that were computed again; of the last 20 ms before a crash some may be missing.</param>
    /// <param name="CoordinatorsEnded">Coordinators that ended in order: theirs was no fault.</param>
    /// <param name="Workers">On which device each worker computed that ever registered, by name.</param>
    public sealed record Totals(
        int FaultsSeen, int MostWorkers, bool MixedArithmetic, int StepsRedone, int CoordinatorsEnded, SortedDictionary<string, ComputeDevice> Workers);

    private readonly IFileSystem _files;
    private readonly string _path;
    private readonly int _faultsBefore;

    /// <summary>Goes on from what earlier coordinators counted.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="path">The file; there need be none.</param>
    /// <exception cref="UserErrorException">The file is damaged.</exception>
    public RunTally(IFileSystem files, string path)
    {
        _files = files;
        _path = path;
        Now = Read(files, path);
        _faultsBefore = Now.FaultsSeen;
    }

    /// <summary>Whether the file lacks something.</summary>
    public bool HasChanged { get; private set; }

    /// <summary>What is counted.</summary>
    public Totals Now { get; private set; }

    /// <summary>A worker registered, with this device; one that comes back may have another.</summary>
    public void Add(string worker, ComputeDevice device)
    {
        if (Now.Workers.TryGetValue(worker, out var known) && known == device) return;
        Now.Workers[worker] = device;
        HasChanged = true;
    }

    /// <summary>Takes in what this coordinator counted so far.</summary>
    public void Take(MembershipCounts counts)
    {
        var now = Now with
        {
            FaultsSeen = _faultsBefore + counts.FaultsSeen,
            MostWorkers = Math.Max(Now.MostWorkers, counts.MostWorkers),
            MixedArithmetic = Now.MixedArithmetic || counts.MixedArithmetic,
        };
        HasChanged |= now != Now;
        Now = now;
    }

    /// <summary>A step was computed again.</summary>
    public void CountRedone()
    {
        Now = Now with { StepsRedone = Now.StepsRedone + 1 };
        HasChanged = true;
    }

    /// <summary>This coordinator ends because it was asked to, or because the run is complete.</summary>
    public void CountEnded()
    {
        Now = Now with { CoordinatorsEnded = Now.CoordinatorsEnded + 1 };
        HasChanged = true;
    }

    /// <summary>Writes the file.</summary>
    public void Write()
    {
        HasChanged = false;
        RunDirectory.WriteJson(_files, _path, Now);
    }

    private static Totals Read(IFileSystem files, string path)
    {
        if (!files.Exists(path)) return new Totals(0, 0, false, 0, 0, new SortedDictionary<string, ComputeDevice>(StringComparer.Ordinal));
        try
        {
            return JsonSerializer.Deserialize<Totals>(files.ReadAllBytes(path), Json.Indented) is { Workers: not null } totals
                ? totals
                : throw new JsonException("it lacks a field");
        }
        catch (JsonException e)
        {
            throw new UserErrorException($"{path} is damaged: {e.Message}; remove it to go on without what was counted before", cause: e);
        }
    }
}
