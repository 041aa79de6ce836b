using MiniBatch.Hosting.Tests.Parsing;

namespace MiniBatch.Hosting.Tests;

/// <summary>The parser that the others rely on: what it takes, and all that it must not take.</summary>
public sealed class OpenMetricsParserTests
{
    private const string Sound = """
        # TYPE a counter
        # HELP a Counts \\ and \" and \n.
        a_total{x="1",y="quoted \" and \\ and \n"} 5
        a_total{x="2"} 1e+16
        # TYPE b_seconds histogram
        # UNIT b_seconds seconds
        b_seconds_bucket{x="1",le="2.5e-05"} 1
        b_seconds_bucket{x="1",le="1.0"} 1
        b_seconds_bucket{x="1",le="+Inf"} 3
        b_seconds_sum{x="1"} 12.5
        b_seconds_count{x="1"} 3
        # TYPE c gauge
        c -Inf
        # TYPE d info
        d_info{run="r"} 1
        # TYPE e gauge
        # EOF

        """;

    [Fact]
    public void Sound_text_is_read()
    {
        var read = OpenMetricsParser.Parse(Sound);
        Assert.Equal(["a", "b_seconds", "c", "d", "e"], read.Families.Keys);
        Assert.Equal(5, read.Value("a_total", ("y", "quoted \" and \\ and \n")));
        Assert.Equal(1e16 + 5, read.Sum("a_total"));
        Assert.Equal(1, read.Value("b_seconds_bucket", ("le", "1.0")));
        Assert.Equal(double.NegativeInfinity, read.Value("c"));
        Assert.Equal("seconds", read.Families["b_seconds"].Unit);
        Assert.Empty(read.Families["e"].Samples);
    }

    [Theory]
    [InlineData("# EOF\n", "", "does not end")]
    [InlineData("# EOF\n", "# EOF", "does not end")]
    [InlineData("# EOF\n", "# EOF\n\n", "does not end")]
    [InlineData("# EOF\n", "# EOF\n# EOF\n", "neither TYPE")]
    [InlineData("# TYPE c gauge\n", "\n# TYPE c gauge\n", "no sample")]
    [InlineData("# TYPE c gauge\n", "# TYPE c gauge\r\n", "no type")]
    [InlineData("# TYPE c gauge\n", "# a remark\n# TYPE c gauge\n", "neither TYPE")]
    [InlineData("# TYPE c gauge\n", "# TYPE c gauge\n# TYPE c gauge\n", "a second TYPE")]
    [InlineData("# TYPE c gauge\n", "# TYPE c summary\n", "no type")]
    [InlineData("# TYPE c gauge\n", "", "no sample of the family")]
    [InlineData("# TYPE c gauge\n", "# TYPE a_total gauge\n", "another family's")]
    [InlineData("# TYPE c gauge\n", "# HELP c it\n", "before its family's TYPE")]
    [InlineData("# UNIT b_seconds seconds\n", "# UNIT b_seconds bytes\n", "does not end in its unit")]
    [InlineData("# UNIT b_seconds seconds\n", "# UNIT b_seconds seconds\n# UNIT b_seconds seconds\n", "a second UNIT")]
    [InlineData("and \\n.\n", "and \\t.\n", "an escape")]
    [InlineData("c -Inf\n", "c -Inf\n# HELP c late\n", "after a sample")]
    [InlineData("c -Inf\n", "c -Inf\n# TYPE a counter\n", "was left before")]
    [InlineData("c -Inf\n", "c -Inf 1700000000\n", "no sample")]
    [InlineData("c -Inf\n", "c  1\n", "no sample")]
    [InlineData("c -Inf\n", "c 1 \n", "no sample")]
    [InlineData("c -Inf\n", "c 0x1\n", "no sample")]
    [InlineData("c -Inf\n", "c 1,5\n", "no sample")]
    [InlineData("c -Inf\n", "c 1\nc 2\n", "the same labels")]
    [InlineData("c -Inf\n", "c_total 1\n", "no sample of the family")]
    [InlineData("c -Inf\n", "c{le=\"1.0\"} 1\n", "le is for buckets")]
    [InlineData("c -Inf\n", "c{__x=\"1\"} 1\n", "is reserved")]
    [InlineData("c -Inf\n", "c{x=\"1\",x=\"2\"} 1\n", "a second x")]
    [InlineData("c -Inf\n", "c{x=\"1\",} 1\n", "no sample")]
    [InlineData("c -Inf\n", "c{x=\"\\t\"} 1\n", "no sample")]
    [InlineData("c -Inf\n", "c{x=1} 1\n", "no sample")]
    [InlineData("a_total{x=\"2\"} 1e+16\n", "a_total{x=\"2\"} -1\n", "less than nothing")]
    [InlineData("a_total{x=\"2\"} 1e+16\n", "a_total{x=\"2\"} NaN\n", "less than nothing")]
    [InlineData("a_total{x=\"2\"} 1e+16\n", "a{x=\"2\"} 1\n", "no sample of the family")]
    [InlineData("d_info{run=\"r\"} 1\n", "d_info{run=\"r\"} 2\n", "not 1")]
    [InlineData("le=\"1.0\"} 1\n", "le=\"1\"} 1\n", "one spelling")]
    [InlineData("le=\"1.0\"} 1\n", "le=\"0.00001\"} 1\n", "one spelling")]
    [InlineData("le=\"1.0\"} 1\n", "le=\"1e-05\"} 1\n", "do not rise")]
    [InlineData("le=\"1.0\"} 1\n", "le=\"1.0\"} 4\n", "do not add up")]
    [InlineData("le=\"1.0\"} 1\n", "le=\"1.0\"} 1.5\n", "no count")]
    [InlineData("b_seconds_bucket{x=\"1\",le=\"+Inf\"} 3\n", "", "not +Inf")]
    [InlineData("b_seconds_bucket{x=\"1\",le=\"+Inf\"} 3\n", "b_seconds_bucket{x=\"1\",le=\"+Inf\"} 2\n", "not the count")]
    [InlineData("b_seconds_bucket{x=\"1\",le=\"1.0\"} 1\n", "b_seconds_bucket{x=\"1\"} 1\n", "without le")]
    [InlineData("b_seconds_sum{x=\"1\"} 12.5\n", "", "not one _sum")]
    [InlineData("b_seconds_sum{x=\"1\"} 12.5\n", "b_seconds_sum{x=\"2\"} 12.5\n", "not one _sum")]
    public void Malformed_text_is_refused(string sound, string malformed, string reason)
    {
        var text = Sound.Replace(sound, malformed, StringComparison.Ordinal);
        Assert.NotEqual(Sound, text);
        Assert.Contains(reason, Assert.Throws<FormatException>(() => OpenMetricsParser.Parse(text)).Message);
    }
}
