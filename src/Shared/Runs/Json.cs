using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MiniBatch.Shared.Runs;

/// <summary>The one way in which this program writes and reads JSON: camelCase, enums by name, ids as their value.</summary>
public static class Json
{
    /// <summary>For files that people open.</summary>
    public static readonly JsonSerializerOptions Indented = Create(indented: true);

    /// <summary>For lines and messages.</summary>
    public static readonly JsonSerializerOptions Compact = Create(indented: false);

    private static JsonSerializerOptions Create(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = indented,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,   // a lost model's loss is "NaN", and says so
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,   // a null where none may be is found when it is read
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false), new RunIdConverter() },
    };

    private sealed class RunIdConverter : JsonConverter<RunId>
    {
        public override RunId Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            new(reader.GetString() ?? throw new JsonException("a run id is a string"));

        public override void Write(Utf8JsonWriter writer, RunId value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Value);
    }
}
