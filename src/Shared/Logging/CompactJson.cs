using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace MiniBatch.Shared.Logging;

/// <summary>
/// An event as one line of JSON, in the layout that collectors of logs know as CLEF: <c>@t</c> time, <c>@l</c> level, <c>@i</c>
/// the event's number, <c>@m</c> the message, <c>@x</c> an exception, every other property beside them. <c>docs/LOGS.md</c> has all.
/// </summary>
/// <remarks>
/// Source: the format's page, clef-json.org. The message is written out (<c>@m</c>) instead of as a template (<c>@mt</c>), so that
/// grep finds what people see; the level always, which the format leaves out where it is Information.
/// </remarks>
public sealed class CompactJson : ITextFormatter
{
    /// <summary>In UTC, so that lines sort as text.</summary>
    public const string Time = "@t";
    public const string Level = "@l";
    public const string Id = "@i";
    public const string Message = "@m";
    public const string Exception = "@x";

    private static readonly MessageTemplateTextFormatter Text = new("{Message:lj}", CultureInfo.InvariantCulture);

    /// <summary>What comes first, for whoever reads with the eye.</summary>
    private static readonly string[] First = [NodeEvent.NameProperty, NodeEvent.SourceProperty, "node"];

    /// <inheritdoc />
    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString(Time, logEvent.Timestamp.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
            json.WriteString(Level, logEvent.Level.ToString());
            if (logEvent.Properties.TryGetValue(NodeEvent.IdProperty, out var id)) WriteProperty(json, Id, id);
            foreach (var name in First)
                if (logEvent.Properties.TryGetValue(name, out var value)) WriteProperty(json, name, value);
            json.WriteString(Message, Rendered(logEvent));
            if (logEvent.Exception is { } exception) json.WriteString(Exception, exception.ToString());
            foreach (var (name, value) in logEvent.Properties)
                if (name != NodeEvent.IdProperty && !First.Contains(name)) WriteProperty(json, name.StartsWith('@') ? "@" + name : name, value);
            json.WriteEndObject();
        }
        output.Write(Encoding.UTF8.GetString(bytes.ToArray()));
        output.Write('\n');
    }

    /// <summary>The message as people see it.</summary>
    public static string Rendered(LogEvent logEvent)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        Text.Format(logEvent, text);
        return text.ToString();
    }

    private static void WriteProperty(Utf8JsonWriter json, string name, LogEventPropertyValue value)
    {
        json.WritePropertyName(name);
        WriteValue(json, value);
    }

    private static void WriteValue(Utf8JsonWriter json, LogEventPropertyValue value)
    {
        switch (value)
        {
            case ScalarValue scalar: WriteScalar(json, scalar.Value); break;
            case SequenceValue sequence:
                json.WriteStartArray();
                foreach (var element in sequence.Elements) WriteValue(json, element);
                json.WriteEndArray();
                break;
            case StructureValue structure:
                json.WriteStartObject();
                foreach (var property in structure.Properties) WriteProperty(json, JsonNamingPolicy.CamelCase.ConvertName(property.Name), property.Value);
                json.WriteEndObject();
                break;
            case DictionaryValue dictionary:
                json.WriteStartObject();
                foreach (var (key, element) in dictionary.Elements) WriteProperty(json, key.Value?.ToString() ?? "", element);
                json.WriteEndObject();
                break;
            default: json.WriteStringValue(value.ToString()); break;
        }
    }

    private static void WriteScalar(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
            case float number when float.IsFinite(number): json.WriteNumberValue(number); break;
            case decimal number: json.WriteNumberValue(number); break;
            case ulong number: json.WriteNumberValue(number); break;
            case sbyte or byte or short or ushort or int or uint or long: json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case DateTime or DateTimeOffset: json.WriteStringValue(((IFormattable)value).ToString("O", CultureInfo.InvariantCulture)); break;
            // JSON has no number for what is not finite.
            default: json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }
}
