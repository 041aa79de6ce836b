using System.Text.RegularExpressions;
using MiniBatch.Deployment.Tests;

namespace MiniBatch.Hosting.Tests.Queries;

/// <summary>The rules by which Prometheus calls somebody.</summary>
public sealed partial class AlertTests
{
    [Fact]
    public void Every_alert_has_a_name_of_its_own_a_severity_and_says_what_is_wrong()
    {
        var names = QuerySources.Alerts.Select(alert => alert["alert"]!.ToString()).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^MiniBatch([A-Z][a-z]+)+$", name));
        Assert.All(QuerySources.Alerts, alert =>
        {
            Assert.Contains(alert["labels"]!["severity"]!.ToString(), new[] { "critical", "warning" });
            Assert.Matches(@"^[A-Z].*[^.]$", alert["annotations"]!["summary"]!.ToString());
            Assert.EndsWith(".", alert["annotations"]!["description"]!.ToString());
        });
    }

    [Fact]
    public void Every_alert_leads_to_a_heading_that_there_is() => Assert.All(QuerySources.Alerts, alert =>
    {
        var parts = alert["annotations"]!["runbook_url"]!.ToString().Split('#');
        Assert.Contains(parts[1], Heading().Matches(QuerySources.Read(parts[0])).Select(match => Anchor(match.Groups["text"].Value)));
    });

    [Fact]
    public void Every_alert_is_in_the_table_of_the_document() => Assert.Equal(
        QuerySources.Alerts.Select(alert => $"{alert["alert"]} {alert["labels"]!["severity"]}"),
        AlertRow().Matches(QuerySources.Read("docs/MONITORING.md")).Select(row => $"{row.Groups["name"].Value} {row.Groups["severity"].Value}"));

    [SkippableFact]
    public void Alerts_fire_when_they_should_and_not_otherwise()
    {
        var folder = Directory.CreateTempSubdirectory("minibatch-alerts-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "alerts.yaml"), QuerySources.RulesFile);
            File.Copy(Repository.File("tests/Hosting.Tests/Queries/alerts-test.yaml"), Path.Combine(folder, "alerts-test.yaml"));
            AssertSucceeds(Tool.Run(folder, "promtool", "check", "rules", "alerts.yaml"));
            AssertSucceeds(Tool.Run(folder, "promtool", "test", "rules", "alerts-test.yaml"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void AssertSucceeds((int ExitCode, string Output, string Error) ended) => Assert.True(ended.ExitCode == 0, ended.Output + ended.Error);

    /// <summary>As GitHub and GitLab make them.</summary>
    private static string Anchor(string heading) => NotInAnchors().Replace(heading.ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w -]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(@"^\| `(?<name>MiniBatch\w+)` \| (?<severity>\w+) \|", RegexOptions.Multiline)]
    private static partial Regex AlertRow();
}
