using Akka.Configuration;

namespace MiniBatch.Contracts;

public sealed class ConfigTests
{
    [Fact]
    public void Parse_nested_dotted_and_quoted_keys_give_one_tree()
    {
        var config = ConfigurationFactory.ParseString("""
            # a comment
            akka {
              actor.provider = cluster // another
              actor { loggers : ["A.B, C", "D, E"], throughput = 7 }
              "quoted.key" = "a, b # c"
              remote.dot-netty.tcp.port = 0
            }
            akka.actor.throughput = 9
            """);
        Assert.Equal("cluster", config.GetString("akka.actor.provider"));
        Assert.Equal(9, config.GetInt("akka.actor.throughput"));
        Assert.Equal(["A.B, C", "D, E"], config.GetStringList("akka.actor.loggers"));
        Assert.Equal("a, b # c", config.GetString("akka.\"quoted.key\""));
        Assert.True(config.HasPath("akka.remote.dot-netty"));
        Assert.False(config.HasPath("akka.remote.other"));
        Assert.Null(config.GetString("akka.remote.other"));
        Assert.Equal(3, config.GetConfig("akka.remote").GetInt("nothing", 3));
    }

    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("3s", 3_000)]
    [InlineData("3 s", 3_000)]
    [InlineData("2 minutes", 120_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("40", 40)]
    public void Duration_in_its_units_is_read(string text, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), ConfigurationFactory.ParseString($"a = {text}").GetTimeSpan("a"));

    [Theory]
    [InlineData("on", true)]
    [InlineData("true", true)]
    [InlineData("off", false)]
    [InlineData("no", false)]
    public void Boolean_words_are_read(string text, bool value) =>
        Assert.Equal(value, ConfigurationFactory.ParseString($"a = {text}").GetBoolean("a", !value));

    [Fact]
    public void Size_is_read() => Assert.Equal(128_000, ConfigurationFactory.ParseString("a = 128000b").GetByteSize("a"));

    [Fact]
    public void Fallback_fills_what_is_not_there_and_overrides_nothing()
    {
        var config = ConfigurationFactory.ParseString("a { b = 1 }").WithFallback(ConfigurationFactory.ParseString("a { b = 2, c = 3 }"));
        Assert.Equal(1, config.GetInt("a.b"));
        Assert.Equal(3, config.GetInt("a.c"));
    }

    [Theory]
    [InlineData("a = \"open")]
    [InlineData("a { b = 1")]
    [InlineData("a = [1, 2")]
    public void Text_that_ends_too_early_is_refused(string hocon) =>
        Assert.ThrowsAny<Exception>(() => ConfigurationFactory.ParseString(hocon));

    [Fact]
    public void Value_of_another_type_is_refused() =>
        Assert.ThrowsAny<Exception>(() => ConfigurationFactory.ParseString("a = many").GetInt("a"));
}
