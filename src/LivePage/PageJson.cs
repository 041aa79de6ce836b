using System.Text.Json.Serialization;
using MiniBatch.LivePage.Live;

namespace MiniBatch.LivePage;

/// <summary>
/// How the page, its server and the coordinator tell each other what is told again and again. Compiled, not found by reflection: that
/// would be done, and compiled while the run goes on, in the coordinator.
/// </summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LinkMessage))]
[JsonSerializable(typeof(ControlState))]
internal sealed partial class PageJson : JsonSerializerContext;
