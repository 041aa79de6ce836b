using System.Text.Json;
using MiniBatch.Shared.Files;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Shared.Runs;

/// <summary>The names of what a run leaves behind, under one directory.</summary>
/// <param name="Root">The directory.</param>
public sealed record RunDirectory(string Root)
{
    /// <summary>The disk that it is on.</summary>
    public IFileSystem Files { get; init; } = LocalFileSystem.Instance;

    /// <summary>The <see cref="RunSpec"/>.</summary>
    public string Spec => Path.Combine(Root, "spec.json");

    /// <summary>The <see cref="RunSummary"/>, written when the run ends.</summary>
    public string Summary => Path.Combine(Root, "summary.json");

    /// <summary>The ledger: one line a step.</summary>
    public string Ledger => Path.Combine(Root, "steps.jsonl");

    /// <summary>Lines that were cut off the ledger and are still to be computed again; there only after a crash.</summary>
    public string Discarded => Path.Combine(Root, "steps.discarded.jsonl");

    /// <summary>What the summary counts over all coordinators of the run.</summary>
    public string Tally => Path.Combine(Root, "tally.json");

    /// <summary>One line an epoch.</summary>
    public string Epochs => Path.Combine(Root, "epochs.csv");

    /// <summary>The trained weights, named as PyTorch names them.</summary>
    public string Model => Path.Combine(Root, "model.safetensors");

    /// <summary>The run as a page for people.</summary>
    public string Report => Path.Combine(Root, "report.html");

    /// <summary>Versions to go on from after a crash.</summary>
    public string Checkpoints => Path.Combine(Root, "checkpoints");

    /// <summary>The newest of them; null where there is none. What somebody put beside them has another name than a version.</summary>
    public string? NewestCheckpoint => Files.List(Checkpoints, ".safetensors")
        .Where(path => Path.GetFileNameWithoutExtension(path).All(char.IsAsciiDigit)).Max(StringComparer.Ordinal);

    /// <summary>The values that the run started from; there where its spec has a <see cref="RunOrigin"/>.</summary>
    public string Origin => Path.Combine(Root, "origin.safetensors");

    /// <summary>Counts the coordinators that have started on this directory.</summary>
    public string Incarnation => Path.Combine(Root, "incarnation");

    /// <summary>A file for each of them: whoever makes it is that coordinator.</summary>
    public string Incarnations => Path.Combine(Root, "incarnations");

    /// <summary>Held by the coordinator that runs on this directory.</summary>
    public string Lock => Path.Combine(Root, "coordinator.lock");

    /// <summary>JSON lines of every node.</summary>
    public string Logs => Path.Combine(Root, "logs");

    /// <summary>Where the coordinator of this run listens; there while it does.</summary>
    public string CoordinatorAddress => Path.Combine(Root, "coordinator.json");

    /// <summary>Makes the directory, which must not hold a run yet.</summary>
    /// <exception cref="UserErrorException">It does, or can't be made.</exception>
    public void Create()
    {
        if (Files.Exists(Spec))
            throw new UserErrorException($"{Root} holds a run already; choose another --run-dir, or remove it");
        try
        {
            Files.CreateFolder(Logs);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"can't make the run directory {Root} ({e.Message}); choose another --run-dir", cause: e);
        }
    }

    /// <summary>Reads the spec of the run that this directory holds.</summary>
    /// <exception cref="UserErrorException">It holds none, or no sound one.</exception>
    public RunSpec ReadSpec()
    {
        try
        {
            var spec = JsonSerializer.Deserialize<RunSpec>(Files.ReadAllBytes(Spec), Json.Indented) ?? throw new JsonException("it is empty");
            return spec.Problem() is { } problem ? throw new JsonException(problem) : spec;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException($"{Root} holds no run (there is no spec.json); name a directory that a run has left", UserErrorException.Usage, e);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{Spec} can't be read: {e.Message}", cause: e);
        }
    }

    /// <summary>Reads the summary; null while there is none: the run is under way, or was killed.</summary>
    /// <exception cref="UserErrorException">It is no sound one.</exception>
    public RunSummary? ReadSummary()
    {
        if (!Files.Exists(Summary)) return null;
        try
        {
            var summary = JsonSerializer.Deserialize<RunSummary>(Files.ReadAllBytes(Summary), Json.Indented) ?? throw new JsonException("it is empty");
            return summary.Problem() is { } problem ? throw new JsonException(problem) : summary;
        }
        catch (JsonException e)
        {
            throw new UserErrorException($"summary.json: it can't be read ({e.Message})", cause: e);
        }
    }

    /// <summary>Whether the run was trained to its end and written down.</summary>
    public bool IsComplete()
    {
        try
        {
            // Of the whole summary just this: an older program's may lack what this one's has.
            using var summary = JsonDocument.Parse(Files.ReadAllBytes(Summary));
            return summary.RootElement.TryGetProperty("outcome", out var outcome) && outcome.ValueEquals("completed");
        }
        catch (Exception e) when (e is IOException or JsonException or InvalidOperationException or UnauthorizedAccessException)
        {
            return false;   // there is none, or not a whole one
        }
    }

    /// <summary>Writes an object as indented JSON: all of it or, after a crash, what was there before.</summary>
    public static void WriteJson<T>(string path, T value) => WriteJson(LocalFileSystem.Instance, path, value);

    /// <summary>The same, on a disk of one's choice.</summary>
    public static void WriteJson<T>(IFileSystem files, string path, T value) =>
        AtomicFile.Write(files, path, JsonSerializer.SerializeToUtf8Bytes(value, Json.Indented));
}

/// <summary>Where a coordinator listens.</summary>
/// <param name="Host">Its public host name.</param>
/// <param name="Port">Port of the control plane.</param>
/// <param name="DataPort">Port of the data plane.</param>
/// <param name="ProcessId">Its process.</param>
public sealed record CoordinatorAddress(string Host, int Port, int DataPort, int ProcessId);
