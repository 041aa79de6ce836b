using MiniBatch.Shared.Ledger;

namespace MiniBatch.Shared.Tests.Ledger;

public sealed class LedgerLinesTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly WrittenRun _run = new(WrittenRun.SmallSpec, TinyImages());

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Ledger_is_read_to_its_last_whole_line()
    {
        File.WriteAllBytes(_file, [.. WrittenRun.Bytes(_run.Text()), .. "{\"step\":17,"u8]);
        Assert.Equal(_run.Lines.Select(line => (line.Step, line.Loss, line.Slots.Count)), LedgerLines.Read(_file).Select(line => (line.Step, line.Loss, line.Slots.Count)));
    }

    [Fact]
    public void Line_that_was_changed_is_named()
    {
        var text = _run.Text();
        text[4] = text[4].Replace("\"epoch\":1", "\"epoch\":2", StringComparison.Ordinal);
        File.WriteAllBytes(_file, WrittenRun.Bytes(text));
        var error = Assert.Throws<LedgerException>(() => LedgerLines.Read(_file).Count());
        Assert.StartsWith("steps.jsonl line 5: ", error.Message, StringComparison.Ordinal);
    }

    private static Shared.Datasets.LabelledImages TinyImages() => Shared.Datasets.SyntheticImages.Create(WrittenRun.SmallSpec.TrainCount, seed: 3, WrittenRun.SmallSpec.TestCount).Train;
}
