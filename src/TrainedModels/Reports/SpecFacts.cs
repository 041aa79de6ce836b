using System.Text.Json;
using System.Text.Json.Nodes;
using MiniBatch.Shared.Runs;

namespace MiniBatch.TrainedModels.Reports;

/// <summary>A run's spec as names and values, as <c>spec.json</c> has them: what is within something is "optimizer.learningRate".</summary>
internal static class SpecFacts
{
    public static IEnumerable<(string Name, string Value)> Of(RunSpec spec) => Of("", JsonSerializer.SerializeToNode(spec, Json.Compact)!.AsObject());

    private static IEnumerable<(string, string)> Of(string prefix, JsonObject json) => json.SelectMany(field => field.Value switch
    {
        JsonObject inner => Of($"{prefix}{field.Key}.", inner),
        null => [(prefix + field.Key, "none")],
        var value => [(prefix + field.Key, value.ToString())],
    });
}
