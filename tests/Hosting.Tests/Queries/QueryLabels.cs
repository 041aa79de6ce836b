namespace MiniBatch.Hosting.Tests.Queries;

/// <summary>
/// The labels of what a query gives, found without running it; on the way, whatever can give nothing, or nonsense: a metric or label
/// that is not served, a rate of a gauge, two sides whose labels never pair.
/// </summary>
internal static class QueryLabels
{
    private static readonly HashSet<string> OfCounters = ["rate", "increase"];

    /// <summary>Of what may fall too.</summary>
    private static readonly HashSet<string> OfGauges = ["delta", "changes", "resets"];

    /// <summary>What it gives; null for a number.</summary>
    /// <exception cref="FormatException">It would not do what it looks like.</exception>
    public static IReadOnlySet<string>? Of(PromQuery query) => query switch
    {
        PromQuery.Number => null,
        PromQuery.Selector selector => Select(selector, inRange: false),
        PromQuery.Call call => Call(call),
        PromQuery.Aggregation aggregation => Aggregate(aggregation),
        PromQuery.Pairing pairing => Pair(pairing),
        _ => throw new ArgumentException(query.ToString(), nameof(query)),
    };

    private static IReadOnlySet<string> Select(PromQuery.Selector selector, bool inRange)
    {
        var labels = Metric(selector).Labels.Union(ServedMetrics.TargetLabels).ToHashSet();
        Require(selector.HasRange == inRange, $"{selector.Metric} has {(inRange ? "no" : "a")} range");
        foreach (var label in selector.Labels) Require(labels.Contains(label), $"{selector.Metric} has no label {label}");
        return labels;
    }

    private static IReadOnlySet<string>? Call(PromQuery.Call call)
    {
        if (OfCounters.Contains(call.Function) || OfGauges.Contains(call.Function))
        {
            var selector = (PromQuery.Selector)call.Arguments.Single();
            var metric = Metric(selector);
            var onlyRises = metric.Type is "counter" or "histogram" && !metric.IsOfTheRun;
            Require(onlyRises == OfCounters.Contains(call.Function), $"{call.Function} of {selector.Metric}, {(onlyRises ? "which only rises" : "which may fall")}");
            return Select(selector, inRange: true);
        }
        switch (call.Function)
        {
            case "abs":
                return Of(call.Arguments.Single());
            case "topk" or "bottomk":
                return Of(call.Arguments[1]);
            case "histogram_quantile":
                var labels = Of(call.Arguments[1])!;
                Require(labels.Contains("le"), "a quantile of what has no buckets");
                return labels.Where(label => label != "le").ToHashSet();
            default:
                throw new FormatException($"{call.Function} is new here: say what it does to labels");
        }
    }

    private static IReadOnlySet<string> Aggregate(PromQuery.Aggregation aggregation)
    {
        var labels = Of(aggregation.Of)!;
        Require(labels.IsSupersetOf(aggregation.Grouping.Labels!), $"{aggregation.Operator} names labels that are not there: {string.Join(", ", aggregation.Grouping.Labels!)}");
        return Counting(labels, aggregation.Grouping);
    }

    private static IReadOnlySet<string>? Pair(PromQuery.Pairing pairing)
    {
        var (left, right) = (Of(pairing.Left), Of(pairing.Right));
        if (left is null || right is null) return left ?? right;
        var (name, grouping) = (pairing.Operator, pairing.Grouping);
        if (grouping.Labels is { } named)
        {
            Require(left.Union(right).ToHashSet().IsSupersetOf(named), $"{name} pairs by labels that neither side has: {string.Join(", ", named)}");
            if (!grouping.IsComplement) Require(left.Intersect(right).ToHashSet().IsSupersetOf(named), $"{name} pairs by labels that one side lacks");
        }
        var (leftCounts, rightCounts) = (Counting(left, grouping), Counting(right, grouping));
        Require(leftCounts.SetEquals(rightCounts), $"the sides of {name} never pair: {string.Join(",", leftCounts)} and {string.Join(",", rightCounts)}");
        if (name is "and" or "or" or "unless") return left;
        return grouping.ManyToOne ? left : leftCounts;
    }

    private static HashSet<string> Counting(IReadOnlySet<string> labels, Grouping grouping) =>
        labels.Where(label => grouping.Labels is null || grouping.Labels.Contains(label) != grouping.IsComplement).ToHashSet();

    private static ServedMetric Metric(PromQuery.Selector selector) =>
        ServedMetrics.ByName.GetValueOrDefault(selector.Metric) ?? throw new FormatException($"no node serves {selector.Metric}");

    private static void Require(bool holds, string otherwise)
    {
        if (!holds) throw new FormatException(otherwise);
    }
}
