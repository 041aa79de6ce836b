using MiniBatch.LivePage.Feed;

namespace MiniBatch.LivePage.Tests;

/// <summary>A ledger that is read while it grows, or that is far longer than a page can show.</summary>
public sealed class LedgerTailTests : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("minibatch-test-").FullName, "steps.jsonl");

    [Fact]
    public void There_is_nothing_before_the_file_is_there()
    {
        var tail = new LedgerTail(_path);
        Assert.Empty(tail.Read(10).Lines);
        Append(1, 3);
        Assert.Equal([1, 2, 3], Steps(tail.Read(10)));
    }

    [Fact]
    public void Each_look_has_what_has_come_since_the_last()
    {
        var tail = new LedgerTail(_path);
        Append(1, 3);
        tail.Read(10);
        Assert.Empty(tail.Read(10).Lines);
        Append(4, 2);
        var batch = tail.Read(10);
        Assert.Equal([4, 5], Steps(batch));
        Assert.False(batch.IsSampled);
    }

    [Fact]
    public void Half_a_line_waits_for_its_other_half()
    {
        var tail = new LedgerTail(_path);
        Append(1, 1);
        File.AppendAllText(_path, Line(2)[..20]);
        Assert.Equal([1], Steps(tail.Read(10)));
        File.AppendAllText(_path, Line(2)[20..] + "\n");
        Assert.Equal([2], Steps(tail.Read(10)));
    }

    [Theory]
    [InlineData(100)]      // read whole, then thinned out
    [InlineData(20_000)]   // by places in the file
    public void Of_more_lines_than_are_wanted_some_are_taken_the_last_among_them(int count)
    {
        Append(1, count);
        var batch = new LedgerTail(_path).Read(10);
        var steps = Steps(batch);
        Assert.True(batch.IsSampled);
        Assert.Equal(10, steps.Count);
        Assert.Equal(count, steps[^1]);
        Assert.Equal(steps.Order(), steps);
        // Over all of it, a tenth apart or nearly so: lines differ in length.
        Assert.All(Enumerable.Range(0, 10), tenth => Assert.InRange(steps[tenth], (tenth + 1) * count / 10 - count / 50, (tenth + 1) * count / 10 + count / 50));
    }

    [Fact]
    public void A_file_that_was_cut_off_is_read_on_from_its_new_end()
    {
        var tail = new LedgerTail(_path);
        Append(1, 10);
        tail.Read(20);
        File.WriteAllLines(_path, Enumerable.Range(1, 6).Select(step => Line(step)));
        var cut = tail.Read(20);
        Assert.True(cut.WasCutOff);
        Append(7, 2);
        Assert.Equal([7, 8], Steps(tail.Read(20)));
    }

    [Fact]
    public void Any_step_is_found_and_none_that_there_is_not()
    {
        Append(1, 5000);
        foreach (var step in new[] { 1, 2, 777, 2500, 4999, 5000 }) Assert.Equal(Line(step), LedgerTail.Find(_path, step));
        Assert.Null(LedgerTail.Find(_path, 0));
        Assert.Null(LedgerTail.Find(_path, 5001));
        Assert.Null(LedgerTail.Find(_path + ".none", 1));
    }

    [Fact]
    public void A_file_that_is_no_ledger_has_no_step()
    {
        File.WriteAllText(_path, "this is\nno ledger\n");
        Assert.Null(LedgerTail.Find(_path, 1));
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    private void Append(int first, int count) => File.AppendAllLines(_path, Enumerable.Range(first, count).Select(step => Line(step)));

    /// <summary>Of differing lengths, as ledger lines have them.</summary>
    private static string Line(int step) => $$"""{"step":{{step}},"epoch":1,"loss":0.5,"padding":"{{new string('x', step * 37 % 400)}}"}""";

    private static List<int> Steps(LedgerTail.Batch batch) => [.. batch.Lines.Select(line => (int)LedgerTail.StepOf(line)!.Value)];
}
