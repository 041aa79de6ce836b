namespace MiniBatch.Hosting.Tests.Queries;

/// <summary>The queries of the dashboard, of the alerts and of docs/MONITORING.md, against what nodes serve.</summary>
public sealed class QueryTests
{
    public static TheoryData<string, string, string> All
    {
        get
        {
            var all = new TheoryData<string, string, string>();
            UsedQuery[] used = [.. QuerySources.OfDashboard, .. QuerySources.OfVariables, .. QuerySources.OfAlerts, .. QuerySources.OfDocument];
            foreach (var query in used) all.Add(query.Place, query.Text, string.Join(' ', query.UsedLabels));
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Query_asks_for_what_is_served_and_its_result_has_the_labels_that_are_shown(string place, string query, string usedLabels)
    {
        var labels = QueryLabels.Of(PromQuery.Parse(query))!;
        Assert.True(labels.IsSupersetOf(usedLabels.Split(' ', StringSplitOptions.RemoveEmptyEntries)), $"{place} shows {usedLabels}, and its result has {string.Join(' ', labels)}");
    }

    [Fact]
    public void No_label_that_is_served_is_one_that_Prometheus_adds() =>
        Assert.All(ServedMetrics.ByName.Values, metric => Assert.Empty(metric.Labels.Intersect(ServedMetrics.TargetLabels)));

    [Fact]
    public void Every_source_has_queries()
    {
        Assert.Equal(QuerySources.Alerts.Count(), QuerySources.OfAlerts.Count());
        Assert.True(QuerySources.OfDashboard.Count() > 30);
        Assert.Equal(["variable namespace", "variable run"], QuerySources.OfVariables.Select(query => query.Place));
        Assert.Equal(7, QuerySources.OfDocument.Count());
    }
}
