using System.Text.RegularExpressions;
using static MiniBatch.Hosting.Tests.Parsing.OpenMetricsParser;

namespace MiniBatch.Hosting.Tests.Parsing;

/// <summary>What holds between the samples of a histogram.</summary>
internal static partial class HistogramRules
{
    public static void Check(ExposedFamily family)
    {
        var left = new HashSet<string>();
        for (var start = 0; start < family.Samples.Count;)
        {
            var labels = LabelsOf(family.Samples[start]);
            Require(left.Add(labels), $"{family.Name}: samples of {{{labels}}} are torn apart");
            var count = family.Samples.Skip(start).TakeWhile(sample => LabelsOf(sample) == labels).Count();
            Check(family.Name, family.Samples.GetRange(start, count));
            start += count;
        }
    }

    private static void Check(string name, List<ExposedSample> samples)
    {
        var buckets = samples.Where(sample => sample.Name == $"{name}_bucket").ToList();
        Require(samples.Count(sample => sample.Name != $"{name}_created") == buckets.Count + 2, $"{name}: not one _sum and one _count");
        Require(buckets.Count > 0 && buckets.All(bucket => bucket.Labels.ContainsKey("le")), $"{name}: a bucket without le");
        Require(buckets.All(bucket => Canonical().IsMatch(bucket.Labels["le"])), $"{name}: a bound in another than its one spelling");
        var bounds = buckets.Select(bucket => SampleLine.Number(bucket.Labels["le"])).ToList();
        Require(double.IsPositiveInfinity(bounds[^1]), $"{name}: the last bucket is not +Inf");
        Require(bounds.Zip(bounds.Skip(1)).All(pair => pair.First < pair.Second), $"{name}: bounds do not rise");
        Require(buckets.All(bucket => bucket.Value == Math.Floor(bucket.Value)), $"{name}: a bucket that is no count");
        Require(buckets.Zip(buckets.Skip(1)).All(pair => pair.First.Value <= pair.Second.Value), $"{name}: buckets do not add up");
        Require(buckets[^1].Value == samples.Single(sample => sample.Name == $"{name}_count").Value, $"{name}: +Inf is not the count");
    }

    private static string LabelsOf(ExposedSample sample) => sample.KeyWithout("le")[sample.Name.Length..].TrimStart(',');

    [GeneratedRegex(@"^(\+Inf|(?!0\.0000)[0-9]+\.[0-9]+|[1-9](\.[0-9]+)?e-[0-9]{2})$")]
    private static partial Regex Canonical();
}
