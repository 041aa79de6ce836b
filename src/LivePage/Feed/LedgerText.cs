using System.Text;
using System.Text.Json;

namespace MiniBatch.LivePage.Feed;

/// <summary>
/// Of a ledger line what curves are drawn of. Chain and checksums are nobody's business here; a ledger of another version may have more
/// fields, or fewer. Numbers that are none ("NaN") are NaN.
/// </summary>
/// <param name="Step">As the ledger has it, like all the others but one.</param>
/// <param name="Epoch">1-based.</param>
/// <param name="Loss">Mean over the update's samples.</param>
/// <param name="Correct">Samples that were right.</param>
/// <param name="Samples">Of all slots.</param>
/// <param name="LearningRate">η.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="Milliseconds">From opening to commit.</param>
/// <remarks>Read token by token: forty lines a second, without generic code that would be compiled while the run goes on.</remarks>
internal sealed record LedgerText(
    long Step, int Epoch, double Loss, int Correct, int Samples, double LearningRate, double GradientNorm, double Milliseconds)
{
    /// <summary>Reads a line, all of it; null where it is of an older version, or damaged: verify says so.</summary>
    public static LedgerText? Read(string line)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(line));
        try
        {
            return Read(ref reader);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private static LedgerText? Read(ref Utf8JsonReader reader)
    {
        long step = 0;
        int epoch = 0, correct = 0;
        double loss = 0, learningRate = 0, gradientNorm = 0, milliseconds = 0;
        int? samples = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("step"u8)) step = Whole(ref reader);
            else if (reader.ValueTextEquals("epoch"u8)) epoch = (int)Whole(ref reader);
            else if (reader.ValueTextEquals("loss"u8)) loss = Number(ref reader);
            else if (reader.ValueTextEquals("correct"u8)) correct = (int)Whole(ref reader);
            else if (reader.ValueTextEquals("learningRate"u8)) learningRate = Number(ref reader);
            else if (reader.ValueTextEquals("gradientNorm"u8)) gradientNorm = Number(ref reader);
            else if (reader.ValueTextEquals("milliseconds"u8)) milliseconds = Number(ref reader);
            else if (reader.ValueTextEquals("slots"u8)) samples = SamplesOf(ref reader);
            else reader.Skip();
        }
        // And nothing after it.
        if (reader.Read() || samples is not { } known) return null;
        return new LedgerText(step, epoch, loss, correct, known, learningRate, gradientNorm, milliseconds);
    }

    private static int SamplesOf(ref Utf8JsonReader reader)
    {
        var samples = 0L;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray) throw new FormatException("no slots");
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("samples"u8)) samples += Whole(ref reader);
                else reader.Skip();
            }
        }
        return reader.TokenType == JsonTokenType.EndArray ? (int)samples : throw new FormatException("a slot that is none");
    }

    private static long Whole(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetInt64();
    }

    /// <summary>The ledger has what is no number as a string.</summary>
    private static double Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.String ? double.NaN : reader.GetDouble();
    }
}
