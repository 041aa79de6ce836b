using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MiniBatch.Hosting.Tests.Queries;

/// <summary>Grafana can show the dashboard, and nothing of it lies over something else.</summary>
public sealed partial class DashboardTests
{
    [Fact]
    public void Every_panel_has_an_id_of_its_own_and_a_title()
    {
        var ids = QuerySources.Panels.Select(panel => (int)panel["id"]!).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(QuerySources.Panels, panel => Assert.NotEqual("", panel["title"]!.ToString()));
    }

    [Fact]
    public void No_panel_lies_over_another_or_beyond_the_grid()
    {
        var taken = new Dictionary<(int X, int Y), string>();
        foreach (var panel in QuerySources.Panels)
        {
            var (x, y, w, h) = (At(panel, "x"), At(panel, "y"), At(panel, "w"), At(panel, "h"));
            Assert.InRange(x, 0, 24 - w);
            for (var i = x; i < x + w; i++)
            {
                for (var j = y; j < y + h; j++)
                    Assert.True(taken.TryAdd((i, j), panel["title"]!.ToString()), $"{panel["title"]} lies over {taken[(i, j)]}");
            }
        }
    }

    [Fact]
    public void Every_panel_asks_the_chosen_source_and_each_of_its_queries_has_a_letter_of_its_own()
    {
        foreach (var panel in QuerySources.Panels.Where(panel => panel["type"]!.ToString() != "row"))
        {
            var targets = QuerySources.Objects(panel["targets"]).ToList();
            Assert.NotEmpty(targets);
            Assert.Equal(targets.Count, targets.Select(target => target["refId"]!.ToString()).Distinct().Count());
            Assert.All(targets.Prepend(panel), found => Assert.Equal("${datasource}", found["datasource"]!["uid"]!.ToString()));
        }
    }

    [Fact]
    public void Every_variable_that_is_used_is_defined_and_every_defined_one_is_used()
    {
        var defined = QuerySources.Objects(QuerySources.Dashboard["templating"]!["list"]).Select(variable => variable["name"]!.ToString()).Order();
        var used = Variable().Matches(QuerySources.Read(QuerySources.DashboardPath)).Select(match => match.Groups["name"].Value).Distinct().Order();
        Assert.Equal(defined, used);
    }

    [Fact]
    public void Every_metric_is_on_the_dashboard_or_left_out_on_purpose()
    {
        string[] leftOut =
        [
            "minibatch_updates_total",                    // steps are shown
            "minibatch_checkpoints_total",                // their age is
            "minibatch_worker_slots_total", "minibatch_worker_samples_total", "minibatch_worker_evaluation_blocks_total",   // the coordinator's view is
            "minibatch_worker_sent_bytes_total", "minibatch_worker_received_bytes_total",
            "minibatch_certificate_expires_in_days", "minibatch_worker_certificate_expires_in_days",   // of nodes with TLS only
        ];
        var text = QuerySources.Read(QuerySources.DashboardPath);
        var missing = ServedMetrics.Exposition.Families.Values
            .Select(family => family.Type == "histogram" ? family.Name : family.Samples[0].Name)
            .Where(name => !text.Contains(name, StringComparison.Ordinal));
        Assert.Equal(leftOut.Order(), missing.Order());
    }

    private static int At(JsonObject panel, string side) => (int)panel["gridPos"]![side]!;

    [GeneratedRegex(@"\$\{?(?<name>(?!__)[a-z]+)")]
    private static partial Regex Variable();
}
