using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tests.Datasets;
using MiniBatch.Shared.Tests.Properties;

namespace MiniBatch.Shared.Tests.Ledger;

/// <summary>The chain by itself, whatever the lines say: it is read as it was written, and any edit is noticed at its line.</summary>
[Properties(Arbitrary = [typeof(LedgerArbitrary)], MaxTest = 200, QuietOnSuccess = true)]
public sealed class LedgerChainProperties : IDisposable
{
    // Records compare lists by reference.
    private static readonly LedgerSlot[] NoSlots = [];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Property]
    public void Lines_are_read_as_they_were_written(WrittenLines lines)
    {
        var (read, problem) = Read(lines.Text());

        Assert.Null(problem);
        AssertSame(lines.Lines, read);
    }

    [Property]
    public void Lines_are_written_as_the_serializer_would(WrittenLines lines)
    {
        foreach (var (line, text) in lines.Lines.Zip(lines.Text()))
        {
            var expected = JsonSerializer.Serialize(line, Json.Compact);
            Assert.StartsWith(expected[..^1] + ",\"chain\":\"", Encoding.UTF8.GetString(text), StringComparison.Ordinal);
        }
    }

    [Property]
    public void Any_edit_is_noticed_at_the_first_line_that_is_not_the_one_written(EditedLines edited)
    {
        var text = edited.Written.Text();
        var firstOther = edited.Edit.Apply(text);
        var (read, problem) = Read(text);

        Assert.StartsWith($"steps.jsonl line {firstOther + 1}: ", problem, StringComparison.Ordinal);
        AssertSame(edited.Written.Lines.Take(firstOther), read);
    }

    private (List<LedgerLine> Lines, string? Problem) Read(List<byte[]> text)
    {
        var path = _folder.File("steps.jsonl");
        File.WriteAllBytes(path, [.. text.SelectMany(line => line.Append((byte)'\n'))]);
        var read = new List<LedgerLine>();
        try
        {
            foreach (var line in LedgerLines.Read(path)) read.Add(line);
            return (read, null);
        }
        catch (LedgerException e)
        {
            return (read, e.Message);
        }
    }

    private static void AssertSame(IEnumerable<LedgerLine> expected, IReadOnlyList<LedgerLine> read)
    {
        Assert.Equal(expected.Select(line => line with { Slots = NoSlots }), read.Select(line => line with { Slots = NoSlots }));
        Assert.Equal(expected.Select(line => line.Slots), read.Select(line => line.Slots));
    }
}

/// <summary>What is written to a ledger.</summary>
public sealed record WrittenLines(LedgerLine[] Lines)
{
    /// <summary>The bytes of each line, without its line feed.</summary>
    public List<byte[]> Text()
    {
        var text = new List<byte[]>();
        var chain = LedgerCodec.ChainStart;
        foreach (var line in Lines)
        {
            var output = new ArrayBufferWriter<byte>();
            chain = LedgerCodec.Write(output, line, chain);
            text.Add(output.WrittenSpan[..^1].ToArray());
        }
        return text;
    }

    public override string ToString() => string.Join('\n', Lines.Select(line => JsonSerializer.Serialize(line, Json.Compact)));
}

public enum EditKind
{
    ChangeByte, DropByte, InsertByte, BreakLine, DropLine, RepeatLine, SwapWithNext, JoinWithNext,
}

/// <summary>One edit of a ledger's text.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Line">To which line, 0-based; the last can't be dropped, swapped or joined without what comes after it.</param>
/// <param name="At">At which of its bytes; counted round.</param>
/// <param name="Value">With which byte; never a line feed, which <see cref="EditKind.BreakLine"/> inserts.</param>
public sealed record LedgerEdit(EditKind Kind, int Line, int At, byte Value)
{
    /// <summary>Flipped where the byte has the value already.</summary>
    public const byte OtherBit = 0x40;

    /// <summary>Edits the text.</summary>
    /// <returns>The first line that is not the one that was written in its place.</returns>
    public int Apply(List<byte[]> text)
    {
        var line = text[Line];
        var at = At % line.Length;
        switch (Kind)
        {
            case EditKind.ChangeByte:
                text[Line] = [.. line[..at], line[at] == Value ? (byte)(Value ^ OtherBit) : Value, .. line[(at + 1)..]];
                return Line;
            case EditKind.DropByte:
                text[Line] = [.. line[..at], .. line[(at + 1)..]];
                return Line;
            case EditKind.InsertByte:
                text[Line] = [.. line[..at], Value, .. line[at..]];
                return Line;
            case EditKind.BreakLine:
                text[Line] = line[..at];
                text.Insert(Line + 1, line[at..]);
                return Line;
            case EditKind.DropLine:
                text.RemoveAt(Line);
                return Line;
            case EditKind.RepeatLine:
                text.Insert(Line, line);
                return Line + 1;
            case EditKind.SwapWithNext:
                (text[Line], text[Line + 1]) = (text[Line + 1], line);
                return Line;
            default:
                text[Line] = [.. line, .. text[Line + 1]];
                text.RemoveAt(Line + 1);
                return Line;
        }
    }
}

/// <summary>A ledger, and an edit of it.</summary>
public sealed record EditedLines(WrittenLines Written, LedgerEdit Edit)
{
    public bool IsPossible => Edit.Line < Written.Lines.Length - (Edit.Kind >= EditKind.DropLine && Edit.Kind != EditKind.RepeatLine ? 1 : 0);
}

public static class LedgerArbitrary
{
    public static Arbitrary<WrittenLines> Lines() => Arb.From(
        from count in Gen.Choose(0, 5) from lines in Gen.ArrayOf(Line, count) select new WrittenLines(lines), Shrink);

    public static Arbitrary<EditedLines> Edits() => Arb.From(
        from count in Gen.Choose(1, 5)
        from lines in Gen.ArrayOf(Line, count)
        from kind in Gen.Elements(Enum.GetValues<EditKind>())
        from line in Gen.Choose(0, count - 1)
        from at in Gen.Choose(0, 5000)
        from value in Gen.Choose(0, 255)
        where value != '\n' && (value ^ LedgerEdit.OtherBit) != '\n'
        let edited = new EditedLines(new WrittenLines(lines), new LedgerEdit(kind, line, at, (byte)value))
        where edited.IsPossible
        select edited,
        edited => Shrink(edited.Written).Select(written => edited with { Written = written })
            .Concat(Shrinks.Of(edited.Edit.Line, 0).Select(line => edited with { Edit = edited.Edit with { Line = line } }))
            .Concat(Shrinks.Of(edited.Edit.At, 0).Select(at => edited with { Edit = edited.Edit with { At = at } }))
            .Where(smaller => smaller.IsPossible));

    private static IEnumerable<WrittenLines> Shrink(WrittenLines written) => Shrinks.Of(written.Lines).Select(lines => new WrittenLines(lines));

    private static Gen<double> Number { get; } =
        Gen.OneOf(from value in Floats.Any select (double)value, from value in Gen.Choose(-1000, 1000) select value / 7.0);

    private static Gen<LedgerSlot> Slot { get; } =
        from worker in Texts.Any
        from samples in Gen.Choose(0, 100)
        from crc in Texts.Any
        from arrival in Gen.Elements(null, new LedgerArrival(3, 1, 2))
        select new LedgerSlot(worker, samples, crc, samples, arrival, arrival is null ? null : samples);

    private static Gen<LedgerLine> Line { get; } =
        from step in Gen.Choose(0, int.MaxValue)
        from loss in Number
        from rate in Number
        from norm in Number
        from crc in Texts.Any
        from sha in Gen.OneOf(Gen.Constant<string?>(null), from text in Texts.Any select (string?)text)
        from clipped in Gen.Elements(true, false)
        from slotCount in Gen.Choose(0, 3)
        from slots in Gen.ArrayOf(Slot, slotCount)
        select new LedgerLine(step, step, step, loss, step, rate, norm, clipped, crc, sha, norm, slots, sha);
}
