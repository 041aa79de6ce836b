using System.Text.Encodings.Web;
using System.Text.Json;

namespace MiniBatch.Shared.Ledger;

/// <summary>
/// Writes a ledger line as the serializer would with <c>Json.Compact</c>, which is how it is read. By hand, because this is done at every step
/// on the cores that compute, and because the serializer's generic code over value types would be compiled while the first steps are made.
/// </summary>
internal static class LedgerText
{
    /// <summary>How the writer is to be made.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly JsonEncodedText
        Step = JsonEncodedText.Encode("step"), Epoch = JsonEncodedText.Encode("epoch"), Generation = JsonEncodedText.Encode("generation"),
        Loss = JsonEncodedText.Encode("loss"), Correct = JsonEncodedText.Encode("correct"), LearningRate = JsonEncodedText.Encode("learningRate"),
        GradientNorm = JsonEncodedText.Encode("gradientNorm"), Clipped = JsonEncodedText.Encode("clipped"), VersionCrc = JsonEncodedText.Encode("versionCrc"),
        StateSha256 = JsonEncodedText.Encode("stateSha256"), Milliseconds = JsonEncodedText.Encode("milliseconds"), Slots = JsonEncodedText.Encode("slots"),
        Skipped = JsonEncodedText.Encode("skipped"), Worker = JsonEncodedText.Encode("worker"), Samples = JsonEncodedText.Encode("samples"),
        Crc = JsonEncodedText.Encode("crc"), ComputeMicroseconds = JsonEncodedText.Encode("computeMicroseconds"), Arrival = JsonEncodedText.Encode("arrival"),
        ArrivedMicroseconds = JsonEncodedText.Encode("arrivedMicroseconds"), Slot = JsonEncodedText.Encode("slot"), FromVersion = JsonEncodedText.Encode("fromVersion");

    /// <summary>Writes one object.</summary>
    public static void Write(Utf8JsonWriter json, LedgerLine line)
    {
        json.WriteStartObject();
        json.WriteNumber(Step, line.Step);
        json.WriteNumber(Epoch, line.Epoch);
        json.WriteNumber(Generation, line.Generation);
        WriteDouble(json, Loss, line.Loss);
        json.WriteNumber(Correct, line.Correct);
        WriteDouble(json, LearningRate, line.LearningRate);
        WriteDouble(json, GradientNorm, line.GradientNorm);
        if (line.Clipped) json.WriteBoolean(Clipped, true);
        json.WriteString(VersionCrc, line.VersionCrc);
        json.WriteString(StateSha256, line.StateSha256);
        WriteDouble(json, Milliseconds, line.Milliseconds);
        json.WriteStartArray(Slots);
        for (var slot = 0; slot < line.Slots.Count; slot++) Write(json, line.Slots[slot]);
        json.WriteEndArray();
        if (line.Skipped is not null) json.WriteString(Skipped, line.Skipped);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LedgerSlot? slot)
    {
        if (slot is null)
        {
            json.WriteNullValue();   // as the serializer, whatever the type says
            return;
        }
        json.WriteStartObject();
        json.WriteString(Worker, slot.Worker);
        json.WriteNumber(Samples, slot.Samples);
        json.WriteString(Crc, slot.Crc);
        json.WriteNumber(ComputeMicroseconds, slot.ComputeMicroseconds);
        if (slot.Arrival is { } arrival)
        {
            json.WriteStartObject(Arrival);
            json.WriteNumber(Step, arrival.Step);
            json.WriteNumber(Slot, arrival.Slot);
            json.WriteNumber(FromVersion, arrival.FromVersion);
            json.WriteEndObject();
        }
        if (slot.ArrivedMicroseconds is { } arrived) json.WriteNumber(ArrivedMicroseconds, arrived);
        json.WriteEndObject();
    }

    /// <summary>JSON has no number for what a lost model's loss is.</summary>
    private static void WriteDouble(Utf8JsonWriter json, JsonEncodedText name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteString(name, double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }
}
