using System.Buffers;
using System.Text.Json;

namespace MiniBatch.LivePage.Live;

/// <summary>
/// A view as a page is sent it: one line of JSON in UTF-8, written once for all who are, and passed on as the bytes that it is. Immutable;
/// a new one replaces it.
/// </summary>
/// <remarks>
/// Written by hand: the serializer's generic code over value types is not compiled ahead, and would be while the run goes on, on the cores
/// that compute.
/// </remarks>
public sealed class ViewText
{
    private volatile byte[]? _json;

    /// <summary>Of a view. It is written when somebody first wants it, and by him: not by the exchange thread, which makes views.</summary>
    public ViewText(ExchangeView view) => Exchange = view;

    /// <summary>As it was written.</summary>
    public ViewText(byte[] json) => _json = json;

    /// <summary>What it is written of; null where it came as text.</summary>
    public ExchangeView? Exchange { get; }

    /// <summary>The text.</summary>
    public ReadOnlyMemory<byte> Utf8Json => _json ??= Write(Exchange!);   // two at once write the same

    /// <summary>Of the model; null where the text does not say it.</summary>
    public long? Version => Exchange is { } view ? view.Version : VersionOf(Utf8Json.Span);

    private static long? VersionOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("version"u8) && reader.Read()) return reader.GetInt64();
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
        return null;
    }

    private static byte[] Write(ExchangeView view)
    {
        var text = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(text)) Write(json, view);
        return text.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, ExchangeView view)
    {
        json.WriteStartObject();
        json.WriteNumber("version"u8, view.Version);
        json.WriteString("work"u8, view.Work);
        WriteNumber(json, "stepsPerSecond"u8, view.StepsPerSecond);
        json.WriteBoolean("isHeld"u8, view.IsHeld);
        WriteNumber(json, "openMilliseconds"u8, view.OpenMilliseconds);
        json.WriteStartArray("slots"u8);
        foreach (var slot in view.Slots) Write(json, slot);
        json.WriteEndArray();
        json.WriteStartArray("workers"u8);
        foreach (var worker in view.Workers) Write(json, worker);
        json.WriteEndArray();
        if (view.Staleness is { } staleness)
        {
            json.WriteStartArray("staleness"u8);
            for (var updates = 0; updates < staleness.Count; updates++) json.WriteNumberValue(staleness[updates]);
            json.WriteEndArray();
        }
        else json.WriteNull("staleness"u8);
        if (view.Moved is { } moved)
        {
            json.WriteStartObject("moved"u8);
            json.WriteNumber("version"u8, moved.Version);
            WriteNumber(json, "norm"u8, moved.Norm);
            json.WriteEndObject();
        }
        else json.WriteNull("moved"u8);
        json.WriteBoolean("isLate"u8, view.IsLate);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, SlotView slot)
    {
        json.WriteStartObject();
        json.WriteNumber("step"u8, slot.Step);
        json.WriteNumber("slot"u8, slot.Slot);
        json.WriteString("worker"u8, slot.Worker);
        json.WriteString("backup"u8, slot.Backup);
        json.WriteBoolean("isIn"u8, slot.IsIn);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, WorkerView worker)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, worker.Name);
        if (worker.Version is { } version) json.WriteNumber("version"u8, version);
        else json.WriteNull("version"u8);
        json.WriteBoolean("takesPart"u8, worker.TakesPart);
        json.WriteBoolean("lags"u8, worker.Lags);
        json.WriteEndObject();
    }

    /// <summary>What is no number, of a model that is lost, is none.</summary>
    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, double? value)
    {
        if (value is { } number && double.IsFinite(number)) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }
}
