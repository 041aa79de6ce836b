using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;

namespace MiniBatch.LivePage.Feed;

/// <summary>
/// What has happened in a run since the last look, for one reader: new lines of its ledger and of its story, its epochs, what the
/// exchange does now, and its end. The files are the truth; each reader reads them at its own pace and holds nobody up.
/// </summary>
/// <param name="page">The run.</param>
/// <param name="story">Its logs, which all its readers share.</param>
/// <remarks>Written as text at once, without a tree of objects: it is made ten times a second, on the cores that are to compute.</remarks>
public sealed class RunFeed(ShownRun page, Story story) : IDisposable
{
    /// <summary>Lines of a curve that a look at a long ledger is made of.</summary>
    public const int PointsMax = 500;

    /// <summary>Steps of one later look, every <see cref="LinkToSupervisor.ViewInterval"/>: the newest, and some for the curves.</summary>
    private const int PointsAtOnce = 4;

    /// <summary>Of the table of epochs, at one look: all that there are.</summary>
    private const int EpochsMax = 1 << 16;

    private readonly LedgerTail _ledger = new(page.Directory.Ledger);
    private readonly LedgerTail _epochs = new(page.Directory.Epochs);
    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly Utf8JsonWriter _news = new(Stream.Null);
    private long _told;   // lines of the story
    private ViewText? _view;
    private ControlState? _processes;
    private DateTime? _summaryWritten;   // null where there is none, which nobody need be told at first
    private bool _isFirst = true;

    /// <summary>What is new, as one line of JSON in UTF-8, valid until the next call; null where nothing is.</summary>
    public ReadOnlyMemory<byte>? Next()
    {
        _text.ResetWrittenCount();
        _news.Reset(_text);
        _news.WriteStartObject();
        var before = _news.BytesPending;
        AddSteps();
        AddLog();
        AddEpochs();
        AddSummary();
        AddView();
        AddProcesses();
        _isFirst = false;
        if (_news.BytesCommitted == 0 && _news.BytesPending == before) return null;
        _news.WriteEndObject();
        _news.Flush();
        return _text.WrittenMemory;
    }

    /// <inheritdoc />
    public void Dispose() => _news.Dispose();

    private void AddView()
    {
        var (view, before) = (page.Live.View, _view);
        if (ReferenceEquals(view, before)) return;
        _view = view;
        // Of a run that is paused, or evaluates, they are all the same: nothing to draw.
        if (view is not null && before is not null && view.Utf8Json.Span.SequenceEqual(before.Utf8Json.Span)) return;
        _news.WritePropertyName("view");
        if (view is null) _news.WriteNullValue();
        else _news.WriteRawValue(view.Utf8Json.Span, skipInputValidation: true);
    }

    private void AddProcesses()
    {
        if (page.Control?.State is not { } state || ReferenceEquals(state, _processes)) return;
        _processes = state;
        _news.WritePropertyName("control");
        JsonSerializer.Serialize(_news, state, PageJson.Default.ControlState);
    }

    private void AddSteps()
    {
        var batch = _ledger.Read(_isFirst ? PointsMax : PointsAtOnce);
        if (batch.WasCutOff) _news.WriteNumber("cutOff", LastStep());
        if (batch.Lines.Count == 0) return;
        _news.WriteStartArray("points");
        LedgerText? last = null;
        foreach (var line in batch.Lines)
        {
            if ((last = LedgerText.Read(line)) is not null) WritePoint(last);
        }
        _news.WriteEndArray();
        _news.WriteBoolean("sampled", batch.IsSampled);
        if (last is null) return;
        _news.WritePropertyName("last");
        _news.WriteRawValue(batch.Lines[^1], skipInputValidation: true);   // it was just read
    }

    /// <summary>The last step that the ledger has; 0 where it has none.</summary>
    private long LastStep() => LedgerTail.Sample(page.Directory.Ledger, 1) is [var last] ? LedgerTail.StepOf(last) ?? 0 : 0;

    /// <summary>[step, epoch, loss, correct, samples, learning rate, gradient norm, milliseconds]: what curves are drawn of.</summary>
    private void WritePoint(LedgerText line)
    {
        _news.WriteStartArray();
        _news.WriteNumberValue(line.Step);
        _news.WriteNumberValue(line.Epoch);
        WriteFinite(line.Loss);
        _news.WriteNumberValue(line.Correct);
        _news.WriteNumberValue(line.Samples);
        WriteFinite(line.LearningRate);
        WriteFinite(line.GradientNorm);
        WriteFinite(line.Milliseconds);
        _news.WriteEndArray();
    }

    private void WriteFinite(double value)
    {
        if (double.IsFinite(value)) _news.WriteNumberValue(value);
        else _news.WriteNullValue();
    }

    private void AddLog()
    {
        var lines = story.Since(ref _told);
        if (lines.Count == 0) return;
        _news.WriteStartArray("log");
        foreach (var line in lines)
        {
            _news.WriteStartObject();
            _news.WriteString("time", line.Time);
            _news.WriteString("node", line.Node);
            _news.WriteString("level", line.Level.ToString().ToLowerInvariant());
            _news.WriteString("event", line.Event);
            _news.WriteString("text", line.Message);
            _news.WriteEndObject();
        }
        _news.WriteEndArray();
    }

    /// <summary>New rows of the epochs that were evaluated. There may be thousands of others, and curves have their steps.</summary>
    private void AddEpochs()
    {
        var rows = _epochs.Read(EpochsMax).Lines.Where(IsEvaluated).ToList();
        if (rows.Count > 0) _news.WriteString("epochs", string.Join('\n', rows));
    }

    /// <summary>Whether a row has a loss on the test set; the first names its columns.</summary>
    private static bool IsEvaluated(string row) => row.Split(',') is [not "epoch", _, { Length: > 0 }, ..];

    /// <summary>How the run ended; null once somebody goes on with it.</summary>
    private void AddSummary()
    {
        var file = new FileInfo(page.Directory.Summary);
        DateTime? written = file.Exists ? file.LastWriteTimeUtc : null;
        if (written == _summaryWritten) return;
        _summaryWritten = written;
        _news.WritePropertyName("summary");
        if (written is not null && ReadSummary(file.FullName) is { } summary) _news.WriteRawValue(summary, skipInputValidation: true);   // it was just read
        else _news.WriteNullValue();
    }

    /// <summary>A summary as one line: its file has a line a field, for people. Null where it is gone by now, or damaged: verify says what is wrong with it.</summary>
    private static string? ReadSummary(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) is JsonObject summary && summary["outcome"] is JsonValue && summary["faults"] is JsonObject
                ? summary.ToJsonString(Json.Compact)
                : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException or ArgumentException)
        {
            // ArgumentException: a name that is there twice. InvalidOperationException: a text that is none.
            return null;
        }
    }
}
