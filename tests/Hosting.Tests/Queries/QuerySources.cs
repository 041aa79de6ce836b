using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MiniBatch.Deployment.Tests;

namespace MiniBatch.Hosting.Tests.Queries;

/// <summary>A query that somebody is given to use.</summary>
/// <param name="Place">Where it stands: a panel, an alert, a question.</param>
/// <param name="Text">Itself, with times where Grafana puts them.</param>
/// <param name="UsedLabels">Labels that a legend or a description shows of its result.</param>
internal sealed record UsedQuery(string Place, string Text, IReadOnlyList<string> UsedLabels)
{
    public override string ToString() => Place;
}

/// <summary>Where queries stand.</summary>
internal static partial class QuerySources
{
    public const string DashboardPath = "k8s/monitoring/dashboard/minibatch.json";
    public const string AlertsPath = "k8s/monitoring/alerts.yaml";

    public static JsonObject Dashboard { get; } = JsonNode.Parse(Read(DashboardPath))!.AsObject();

    /// <summary>All panels, rows among them.</summary>
    public static IEnumerable<JsonObject> Panels => Objects(Dashboard["panels"]).SelectMany(panel => Objects(panel["panels"]).Prepend(panel));

    /// <summary>The rules file of Prometheus, as it is cut out of the object of the operator.</summary>
    public static string RulesFile => Read(AlertsPath).Split("\nspec:\n", 2)[1];

    public static IEnumerable<JsonObject> Alerts =>
        Objects(Yaml.Documents(RulesFile).Single()["groups"]).SelectMany(group => Objects(group["rules"]));

    public static IEnumerable<UsedQuery> OfDashboard =>
        from panel in Panels
        from target in Objects(panel["targets"])
        select new UsedQuery($"panel \"{panel["title"]}\"", WithTimes(target["expr"]!.ToString()), Labels(LegendLabel(), target["legendFormat"]!.ToString()));

    public static IEnumerable<UsedQuery> OfVariables =>
        from variable in Objects(Dashboard["templating"]!["list"])
        where variable["type"]!.ToString() == "query"
        let match = LabelValues().Match(variable["definition"]!.ToString())
        select new UsedQuery($"variable {variable["name"]}", match.Groups["of"].Value, [match.Groups["label"].Value]);

    public static IEnumerable<UsedQuery> OfAlerts => Alerts.Select(alert => new UsedQuery(
        alert["alert"]!.ToString(), alert["expr"]!.ToString(), Labels(AlertLabel(), alert["annotations"]!.ToJsonString())));

    public static IEnumerable<UsedQuery> OfDocument => Question().Matches(Read("docs/MONITORING.md"))
        .Select(row => new UsedQuery($"\"{row.Groups["question"].Value}\"", row.Groups["query"].Value, []));

    public static string Read(string path) => File.ReadAllText(MiniBatch.Hosting.Tests.Repository.File(path));

    public static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray)?.OfType<JsonObject>() ?? [];

    private static string WithTimes(string query) => GrafanaTime().Replace(query, "5m");

    private static string[] Labels(Regex where, string text) => [.. where.Matches(text).Select(match => match.Groups["label"].Value)];

    [GeneratedRegex(@"\$__(rate_interval|interval|range)\b")]
    private static partial Regex GrafanaTime();

    [GeneratedRegex(@"\{\{\s*(?<label>\w+)\s*\}\}")]
    private static partial Regex LegendLabel();

    [GeneratedRegex(@"\$labels\.(?<label>\w+)")]
    private static partial Regex AlertLabel();

    [GeneratedRegex(@"^label_values\((?<of>.+), (?<label>\w+)\)$")]
    private static partial Regex LabelValues();

    [GeneratedRegex(@"^\| (?<question>[^|]+) \| `(?<query>[^`|]*minibatch_[^`|]*)` \|$", RegexOptions.Multiline)]
    private static partial Regex Question();
}
