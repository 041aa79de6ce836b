using MiniBatch.Launcher.Logs;
using MiniBatch.Shared.Logging;
using Serilog.Events;

namespace MiniBatch.Launcher.Tests.Logs;

/// <summary>Log files that grow while they are read.</summary>
public sealed class MergedLogTests : IDisposable
{
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("minibatch-test-").FullName;
    private readonly List<string> _said = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Line_waits_for_an_earlier_one_that_is_found_later()
    {
        using var log = Open();
        Append("b", Line(2));
        Assert.Empty(Read(log, at: 0));
        Append("a", Line(1));
        Assert.Empty(Read(log, at: 0.5));
        Assert.Equal([1, 2], Read(log, at: 1.5));
        Assert.Empty(Read(log, at: 9));
    }

    [Fact]
    public void File_that_appears_later_joins_in()
    {
        using var log = Open();
        Append("a", Line(1), Line(3));
        Assert.Empty(Read(log, at: 0));
        Append("b", Line(2));
        Assert.Equal([1], Read(log, at: 1));
        Assert.Equal([2, 3], Read(log, at: 2));
    }

    [Fact]
    public void Half_a_line_waits_for_its_other_half()
    {
        using var log = Open();
        var line = Line(1) + "\n";
        File.WriteAllText(PathOf("a"), line[..40]);
        Assert.Empty(Read(log, at: 0));
        File.AppendAllText(PathOf("a"), line[40..]);
        Assert.Empty(Read(log, at: 1));
        Assert.Equal([1], Read(log, at: 2));
        log.Finish();
        Assert.Empty(_said);
    }

    [Fact]
    public void Half_a_line_that_never_becomes_whole_is_told_in_the_end()
    {
        using var log = Open();
        File.WriteAllText(PathOf("a"), Line(1)[..40]);
        Assert.Empty(Read(log, at: 0));
        Assert.Empty(_said);
        log.Finish();
        Assert.Contains("line 1", Assert.Single(_said));
    }

    [Fact]
    public void Files_of_any_length_are_read_in_order()
    {
        const int Count = 20_000;
        Append("a", [.. Enumerable.Range(0, Count).Select(second => Line(2 * second))]);
        Append("b", [.. Enumerable.Range(0, Count).Select(second => Line(2 * second + 1))]);
        using var log = Open();
        Assert.Equal(Enumerable.Range(0, 2 * Count), log.Read(TimeSpan.Zero, TimeSpan.Zero).Select(SecondOf));
    }

    [Fact]
    public void Full_files_are_read_before_the_one_that_is_written_to_also_where_they_are_set_aside_meanwhile()
    {
        Append("a", Line(3));
        SetAside("a", 7);   // older ones are not kept any more
        Append("a", Line(4));
        using var log = Open();
        Assert.Equal([3, 4], ReadAll(log, from: 0));

        Append("a", Line(5));
        SetAside("a", 8);
        Append("a", Line(6));
        SetAside("a", 9);
        Assert.Equal([5, 6], ReadAll(log, from: 10));
        Append("a", Line(7));
        Assert.Equal([7], ReadAll(log, from: 20));
        Assert.Empty(_said);
    }

    [Fact]
    public void Node_all_of_whose_files_are_full_is_read()
    {
        Append("a", Line(1));
        SetAside("a", 1);
        Assert.Equal(["a"], MergedLog.NodesIn(_folder));
        using var log = Open();
        Assert.Equal([1], ReadAll(log, from: 0));
    }

    [Fact]
    public void Lines_have_their_day_where_another_begins_and_colours_where_there_are_any()
    {
        var plain = new LogText(TimeZoneInfo.Utc, colors: false);
        var first = new LogLine(new DateTimeOffset(2026, 11, 21, 23, 59, 59, 5, TimeSpan.Zero), LogEventLevel.Warning, "slot-late", "coordinator", "late");
        var second = first with { Time = first.Time.AddSeconds(2), Exception = "System.Exception: why\n   at here" };
        Assert.Equal("23:59:59.005 WRN coordinator  late", plain.Of(first));
        Assert.Equal("2026-11-22\n00:00:01.005 WRN coordinator  late\nSystem.Exception: why\n   at here", plain.Of(second));
        Assert.Equal("\u001b[33m23:59:59.005 WRN coordinator  late\u001b[0m", new LogText(TimeZoneInfo.Utc, colors: true).Of(first));
    }

    private MergedLog Open() => new(_folder, _ => true, _said.Add);

    private static IEnumerable<int> Read(MergedLog log, double at) => [.. log.Read(TimeSpan.FromSeconds(at), Hold).Select(SecondOf)];

    /// <summary>A line waits for its hold after it was found; each look finds what the file before did not have.</summary>
    private static IEnumerable<int> ReadAll(MergedLog log, int from) => [.. Enumerable.Range(from, 5).SelectMany(at => Read(log, at))];

    private static int SecondOf(FoundLine line) => (int)(line.Read.Time - DateTimeOffset.UnixEpoch).TotalSeconds;

    private string PathOf(string node) => Path.Combine(_folder, $"{node}.jsonl");

    private void Append(string node, params string[] lines) => File.AppendAllLines(PathOf(node), lines);

    private void SetAside(string node, int number) => File.Move(PathOf(node), LogFileNames.Full(PathOf(node), number));

    private static string Line(int second) =>
        $$"""{"@t":"{{DateTimeOffset.UnixEpoch.AddSeconds(second).UtcDateTime:O}}","@l":"Debug","@i":1,"event":"progress","node":"n","@m":"m"}""";
}
