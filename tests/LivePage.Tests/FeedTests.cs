using System.Net;
using System.Text.Json;
using MiniBatch.LivePage.Feed;
using MiniBatch.LivePage.Live;

namespace MiniBatch.LivePage.Tests;

/// <summary>What reaches a page.</summary>
public sealed class FeedTests : IDisposable
{
    private const string Step = """{"step":1,"epoch":1,"generation":1,"loss":2.5,"correct":3,"learningRate":0.01,"gradientNorm":1.5,"versionCrc":"00000000","stateSha256":null,"milliseconds":2.5,"slots":[{"worker":"worker-1","samples":20,"crc":"00000000","computeMicroseconds":900}],"chain":"00"}""";

    private readonly ServedPage _page = new();
    private readonly Story _story;

    public FeedTests() => _story = new Story(_page.Run.Logs);

    [Fact]
    public void What_is_new_is_told_once()
    {
        using var feed = new RunFeed(new ShownRun(_page.Run, ServedPage.Spec, _page.Live) { Control = _page.Control }, _story);
        Assert.Equal("runs", Json(feed.Next()).GetProperty("control").GetProperty("cluster").GetProperty("workers")[0].GetProperty("state").GetString());
        Assert.Null(feed.Next());

        File.AppendAllText(_page.Run.Ledger, Step + "\n");
        var news = Json(feed.Next());
        Assert.Equal([1, 1, 2.5, 3, 20, 0.01, 1.5, 2.5], news.GetProperty("points")[0].EnumerateArray().Select(value => value.GetDouble()));
        Assert.Equal("worker-1", news.GetProperty("last").GetProperty("slots")[0].GetProperty("worker").GetString());
        Assert.Null(feed.Next());

        _page.Live.Show(new ExchangeView(1, "step 2", 0, true, 0, [], [], null));
        Assert.True(Json(feed.Next()).GetProperty("view").GetProperty("isHeld").GetBoolean());
        _page.Live.Show(null);   // the coordinator was killed
        Assert.Equal(JsonValueKind.Null, Json(feed.Next()).GetProperty("view").ValueKind);
        Assert.Null(feed.Next());
    }

    [Fact]
    public void A_view_that_says_what_the_last_one_did_is_no_news()
    {
        using var feed = new RunFeed(new ShownRun(_page.Run, ServedPage.Spec, _page.Live), _story);
        _page.Live.Show(new ExchangeView(1, "step 2", 0, true, 0, [], [], null));
        Assert.Equal(1, Json(feed.Next()).GetProperty("view").GetProperty("version").GetInt64());
        _page.Live.Show(new ExchangeView(1, "step 2", 0, true, 0, [], [], null));
        Assert.Null(feed.Next());
        _page.Live.Show(new ExchangeView(2, "step 3", 0, true, 0, [], [], null));
        Assert.Equal(2, Json(feed.Next()).GetProperty("view").GetProperty("version").GetInt64());
    }

    [Fact]
    public void Where_the_ledger_was_cut_off_it_is_told_after_which_step()
    {
        File.WriteAllText(_page.Run.Ledger, Line(1) + Line(2) + Line(3));
        using var feed = new RunFeed(new ShownRun(_page.Run, ServedPage.Spec, _page.Live), _story);
        Assert.Equal(3, Json(feed.Next()).GetProperty("points").GetArrayLength());

        File.WriteAllText(_page.Run.Ledger, Line(1) + Line(2));   // a coordinator goes on from a checkpoint
        Assert.Equal(2, Json(feed.Next()).GetProperty("cutOff").GetInt64());
        File.AppendAllText(_page.Run.Ledger, Line(3));
        Assert.Equal(3, Json(feed.Next()).GetProperty("points")[0][0].GetInt64());
        Assert.Null(feed.Next());
    }

    [Fact]
    public void Of_the_epochs_those_that_were_evaluated_are_told_once()
    {
        File.WriteAllText(_page.Run.Epochs, "epoch,trainLoss,testLoss,testAccuracy,seconds,samplesPerSecond\n1,0.9,,,1.000,100\n2,0.8,0.7,0.5,1.000,100\n");
        using var feed = new RunFeed(new ShownRun(_page.Run, ServedPage.Spec, _page.Live), _story);
        Assert.Equal("2,0.8,0.7,0.5,1.000,100", Json(feed.Next()).GetProperty("epochs").GetString());

        File.AppendAllText(_page.Run.Epochs, "3,0.7,,,1.000,100\n");
        Assert.Null(feed.Next());
        File.AppendAllText(_page.Run.Epochs, "4,0.6,0.5,,1.000,100\n");
        Assert.Equal("4,0.6,0.5,,1.000,100", Json(feed.Next()).GetProperty("epochs").GetString());
    }

    [Fact]
    public void The_story_is_the_logs_without_what_is_for_machines()
    {
        File.WriteAllLines(Path.Combine(_page.Run.Logs, "coordinator.jsonl"),
        [
            """{"@t":"2026-11-21T16:36:55.0000000Z","@m":"the configuration","event":"configured","node":"coordinator"}""",
            """{"@t":"2026-11-21T16:36:55.1000000Z","@m":"worker-2 is gone","@l":"Warning","event":"worker-lost","node":"coordinator"}""",
            """{"@t":"2026-11-21T16:36:55.2000000Z","@m":"an epoch begins","@l":"Debug","event":"epoch-started","node":"coordinator"}""",
        ]);
        using var feed = new RunFeed(new ShownRun(_page.Run, ServedPage.Spec, _page.Live), _story);
        var line = Assert.Single(Json(feed.Next()).GetProperty("log").EnumerateArray());
        Assert.Equal(("worker-lost", "warning", "worker-2 is gone"),
            (line.GetProperty("event").GetString(), line.GetProperty("level").GetString(), line.GetProperty("text").GetString()));
    }

    [Fact]
    public void Who_comes_later_is_told_the_newest_of_the_story_without_another_reading_of_the_logs()
    {
        var log = Path.Combine(_page.Run.Logs, "coordinator.jsonl");
        File.WriteAllLines(log, Enumerable.Range(1, 250).Select(LogLine));
        using var first = new RunFeed(new ShownRun(_page.Run, ServedPage.Spec, _page.Live), _story);
        Assert.Equal(Enumerable.Range(51, 200).Select(number => $"line {number}"), Told(first));

        File.Delete(log);
        using var later = new RunFeed(new ShownRun(_page.Run, ServedPage.Spec, _page.Live), _story);
        Assert.Equal(Enumerable.Range(51, 200).Select(number => $"line {number}"), Told(later));
    }

    [Fact]
    public void Of_the_story_each_reader_is_told_each_line_once()
    {
        var log = Path.Combine(_page.Run.Logs, "coordinator.jsonl");
        File.WriteAllText(log, LogLine(1) + "\n");
        using var one = new RunFeed(new ShownRun(_page.Run, ServedPage.Spec, _page.Live), _story);
        using var other = new RunFeed(new ShownRun(_page.Run, ServedPage.Spec, _page.Live), _story);
        Assert.Equal(["line 1"], Told(one));
        File.AppendAllText(log, LogLine(2) + "\n");
        Assert.Equal(["line 1", "line 2"], Told(other));
        Assert.Equal(["line 2"], Told(one));
        Assert.Null(one.Next());
        Assert.Null(other.Next());
    }

    [Theory]
    [InlineData("\"step\":1,", "\"step\":\"one\",")]
    [InlineData("\"loss\":2.5,", "\"loss\":null,")]
    [InlineData("\"samples\":20", "\"samples\":20.5")]
    [InlineData("\"slots\":[", "\"slots\":[null,")]
    [InlineData("\"chain\":\"00\"}", "\"chain\":\"00")]
    [InlineData("\"chain\":\"00\"}", "\"chain\":\"00\"}}")]
    [InlineData("\"slots\":", "\"rooms\":")]
    public void A_damaged_line_of_the_ledger_is_passed_over(string part, string damaged)
    {
        Assert.Contains(part, Step, StringComparison.Ordinal);
        File.WriteAllText(_page.Run.Ledger, Line(1) + Step.Replace(part, damaged, StringComparison.Ordinal) + "\n");
        using var feed = new RunFeed(new ShownRun(_page.Run, ServedPage.Spec, _page.Live), _story);
        var news = Json(feed.Next());
        Assert.Equal(1, news.GetProperty("points").GetArrayLength());
        Assert.False(news.TryGetProperty("last", out _));
    }

    [Fact]
    public void Samples_are_those_of_all_slots()
    {
        File.WriteAllText(_page.Run.Ledger, Step.Replace("[{", """[{"worker":"worker-2","samples":7,"arrival":{"step":1,"slot":0,"fromVersion":0}},{""", StringComparison.Ordinal) + "\n");
        using var feed = new RunFeed(new ShownRun(_page.Run, ServedPage.Spec, _page.Live), _story);
        Assert.Equal(27, Json(feed.Next()).GetProperty("points")[0][4].GetInt32());
    }

    [Fact]
    public void A_loss_that_is_no_number_is_none()
    {
        File.AppendAllText(_page.Run.Ledger, Step.Replace("2.5,\"correct\"", "\"NaN\",\"correct\"", StringComparison.Ordinal) + "\n");
        using var feed = new RunFeed(new ShownRun(_page.Run, ServedPage.Spec, _page.Live), _story);
        Assert.Equal(JsonValueKind.Null, Json(feed.Next()).GetProperty("points")[0][2].ValueKind);
    }

    /// <summary>A file that was left by another version of the program, or is damaged, is passed over: verify says what is wrong with it.</summary>
    [Fact]
    public void Ledger_and_logs_of_another_version_are_shown_as_far_as_they_are_read()
    {
        File.WriteAllText(_page.Run.Ledger, """{"step":1,"was":"otherwise"}""" + "\n" + Step.Replace("\"chain\"", "\"more\":1,\"chain\"", StringComparison.Ordinal) + "\n");
        File.WriteAllText(Path.Combine(_page.Run.Logs, "coordinator.jsonl"), "plain text\n");
        using var feed = new RunFeed(new ShownRun(_page.Run, ServedPage.Spec, _page.Live), _story);
        Assert.Equal(1, Json(feed.Next()).GetProperty("points").GetArrayLength());
    }

    [Fact]
    public void A_summary_that_goes_is_told_of_because_somebody_goes_on_with_the_run()
    {
        using var feed = new RunFeed(new ShownRun(_page.Run, ServedPage.Spec, _page.Live), _story);
        Assert.Null(feed.Next());
        File.WriteAllText(_page.Run.Summary, "{\n  \"outcome\": \"stopped\",\n  \"faults\": {}\n}\n");
        Assert.Equal("stopped", Json(feed.Next()).GetProperty("summary").GetProperty("outcome").GetString());
        Assert.Null(feed.Next());

        File.Delete(_page.Run.Summary);
        Assert.Equal(JsonValueKind.Null, Json(feed.Next()).GetProperty("summary").ValueKind);
        Assert.Null(feed.Next());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{ \"outcome\": \"comple")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{ \"outcome\": \"completed\", \"faults\": [] }")]
    [InlineData("{ \"outcome\": \"completed\", \"outcome\": \"failed\", \"faults\": {} }")]
    public void A_damaged_summary_is_none_and_all_else_is_shown(string text)
    {
        File.WriteAllText(_page.Run.Summary, text);
        File.WriteAllText(_page.Run.Ledger, Line(1));
        using var feed = new RunFeed(new ShownRun(_page.Run, ServedPage.Spec, _page.Live), _story);
        var news = Json(feed.Next());
        Assert.Equal(JsonValueKind.Null, news.GetProperty("summary").ValueKind);
        Assert.Equal(1, news.GetProperty("points").GetArrayLength());
        Assert.Null(feed.Next());
    }

    [Fact]
    public void The_page_has_less_than_250_KB() => Assert.InRange(PageAssets.Bytes, 10_000, 250_000);

    [Fact]
    public async Task Events_are_sent_as_they_happen_and_nobody_is_watched_for_after_the_reader_has_gone()
    {
        using (var reader = await _page.Listen())
        {
            Assert.Contains("\"control\"", await reader.ReadLineAsync());
            File.AppendAllText(_page.Run.Ledger, Step + "\n");
            string? line;
            while ((line = await reader.ReadLineAsync()) is not null && !line.Contains("\"points\"", StringComparison.Ordinal)) { }
            Assert.NotNull(line);
            Assert.Equal(["watched"], _page.Live.Asked);
        }
        for (var i = 0; !_page.Live.Asked.Contains("unwatched"); i++)
        {
            Assert.True(i < 1800);
            _page.Live.Show(new ExchangeView(i, "", null, false, 0, [], [], null));
            await Task.Delay(50);
        }
    }

    [Fact]
    public async Task A_reader_that_does_not_read_holds_nobody_up()
    {
        var limit = TimeSpan.FromMinutes(1);
        // More than the buffers on the way take.
        var workers = Enumerable.Range(0, 20_000).Select(worker => new WorkerView($"worker-{worker}", 1, true)).ToArray();
        using var slow = await _page.Listen();
        using var other = await _page.Listen();
        for (var version = 1; version <= 20; version++)
        {
            _page.Live.Show(new ExchangeView(version, "", null, false, 0, [], workers, null));
            string? line;
            while ((line = await other.ReadLineAsync().WaitAsync(limit)) is not null && !line.Contains($"\"view\":{{\"version\":{version},", StringComparison.Ordinal)) { }
            Assert.NotNull(line);
        }
        Assert.Equal(HttpStatusCode.NoContent, (await _page.Press("/api/step").WaitAsync(limit)).Status);
    }

    public void Dispose()
    {
        _story.Dispose();
        _page.Dispose();
    }

    private static string LogLine(int number) =>
        $$"""{"@t":"2026-11-21T16:36:55.0000000Z","@m":"line {{number}}","@l":"Warning","event":"worker-lost","node":"coordinator"}""";

    private static IEnumerable<string?> Told(RunFeed feed) =>
        Json(feed.Next()).GetProperty("log").EnumerateArray().Select(line => line.GetProperty("text").GetString()).ToList();

    private static string Line(int step) => Step.Replace("\"step\":1,", $"\"step\":{step},", StringComparison.Ordinal) + "\n";

    private static JsonElement Json(ReadOnlyMemory<byte>? text) => JsonDocument.Parse((text ?? throw new InvalidOperationException("there was nothing")).ToArray()).RootElement;
}
