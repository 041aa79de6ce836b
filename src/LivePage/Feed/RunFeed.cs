using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using Serilog.Events;

namespace MiniBatch.LivePage.Feed;

/// <summary>
/// What has happened in a run since the last look, for one reader: new lines of its ledger and of its logs, its epochs, what the
/// exchange does now, and its end. The files are the truth; each reader reads them at its own pace and holds nobody up.
/// </summary>
/// <param name="page">The run.</param>
public sealed class RunFeed(ShownRun page) : IDisposable
{
    /// <summary>Lines of a curve that a look at a long ledger is made of.</summary>
    public const int PointsMax = 500;

    /// <summary>Of the story before the first look.</summary>
    private const int LogLinesMax = 200;

    /// <summary>Steps of one later look, every <see cref="LinkToSupervisor.ViewInterval"/>.</summary>
    private const int PointsAtOnce = 10;

    private readonly LedgerTail _ledger = new(page.Directory.Ledger);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private MergedLog? _log;
    private ExchangeView? _view;
    private object? _processes;
    private long _epochsLength = -1;
    private DateTime _summaryWritten;
    private bool _isFirst = true;

    /// <summary>What is new, as JSON; null where nothing is.</summary>
    public string? Next()
    {
        var news = new JsonObject();
        AddSteps(news);
        AddLog(news);
        AddEpochs(news);
        AddSummary(news);
        if (page.Live.View is var view && !ReferenceEquals(view, _view))
        {
            _view = view;
            news["view"] = JsonSerializer.SerializeToNode(view, Json.Compact);
        }
        if (page.Control?.State is { } state && !ReferenceEquals(state, _processes))
        {
            _processes = state;
            news["control"] = JsonSerializer.SerializeToNode(state, Json.Compact);
        }
        _isFirst = false;
        return news.Count > 0 ? news.ToJsonString(Json.Compact) : null;
    }

    /// <inheritdoc />
    public void Dispose() => _log?.Dispose();

    private void AddSteps(JsonObject news)
    {
        var batch = _ledger.Read(_isFirst ? PointsMax : PointsAtOnce);
        if (batch.WasCutOff) news["cutOff"] = true;
        if (batch.Lines.Count == 0) return;
        var points = new JsonArray();
        foreach (var line in batch.Lines)
        {
            if (PointOf(line) is { } point) points.Add(point);
        }
        news["points"] = points;
        news["sampled"] = batch.IsSampled;
        if (PointOf(batch.Lines[^1]) is not null && JsonNode.Parse(batch.Lines[^1]) is { } last) news["last"] = last;
    }

    /// <summary>[step, epoch, loss, correct, samples, learning rate, gradient norm, milliseconds]: what curves are drawn of.</summary>
    private static JsonArray? PointOf(string line)
    {
        try
        {
            var read = JsonSerializer.Deserialize<LedgerText>(line, Lenient);
            return read?.Slots is null ? null :
            [
                read.Step, read.Epoch, Finite(read.Loss), read.Correct, read.Slots.Sum(slot => slot.Samples), read.LearningRate,
                Finite(read.GradientNorm), read.Milliseconds,
            ];
        }
        catch (JsonException)
        {
            return null;   // of an older version, or damaged: verify says so
        }
    }

    private static JsonNode? Finite(double value) => double.IsFinite(value) ? value : null;

    private void AddLog(JsonObject news)
    {
        _log ??= new MergedLog(page.Directory.Logs, _ => true, _ => { });
        var lines = new Queue<LogLine>();
        foreach (var line in _log.Read(_clock.Elapsed, TimeSpan.Zero))
        {
            if (line.Read.Level < LogEventLevel.Information || NodeEvents.IsForMachines(line.Read.Event)) continue;
            lines.Enqueue(line.Read);
            if (lines.Count > LogLinesMax) lines.Dequeue();
        }
        if (lines.Count == 0) return;
        news["log"] = new JsonArray([.. lines.Select(line => (JsonNode)new JsonObject
        {
            ["time"] = line.Time, ["node"] = line.Node, ["level"] = line.Level.ToString().ToLowerInvariant(), ["event"] = line.Event, ["text"] = line.Message,
        })]);
    }

    private void AddEpochs(JsonObject news)
    {
        var file = new FileInfo(page.Directory.Epochs);
        if (!file.Exists || file.Length == _epochsLength) return;
        _epochsLength = file.Length;
        news["epochs"] = File.ReadAllText(file.FullName);
    }

    private void AddSummary(JsonObject news)
    {
        var file = new FileInfo(page.Directory.Summary);
        if (!file.Exists || file.LastWriteTimeUtc == _summaryWritten) return;
        _summaryWritten = file.LastWriteTimeUtc;
        if (JsonNode.Parse(File.ReadAllBytes(file.FullName)) is { } summary) news["summary"] = summary;
    }

    /// <summary>Chain and checksums are nobody's business here; a ledger of another version may have more fields, or fewer.</summary>
    private sealed record LedgerText(
        long Step, int Epoch, double Loss, int Correct, double LearningRate, double GradientNorm, double Milliseconds, IReadOnlyList<SlotText> Slots);

    private sealed record SlotText(int Samples);

    private static readonly JsonSerializerOptions Lenient = new(Json.Compact)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip,
    };
}
