using System.Net;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Tests.Protocol;

public sealed class HostNameTests
{
    [Theory]
    [InlineData("LOCALHOST", "localhost")]
    [InlineData("Pod_7.example.COM", "pod_7.example.com")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::1", "[::1]")]
    [InlineData("[::1]", "[::1]")]
    [InlineData("FD00:AA:0:0::1", "[fd00:aa::1]")]
    [InlineData("::ffff:10.0.0.5", "10.0.0.5")]
    public void Host_has_one_form(string text, string form)
    {
        Assert.Equal(form, HostName.Parse(text));
        Assert.Equal(form, HostName.Parse(HostName.Parse(text)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a host")]
    [InlineData("host:4053")]
    [InlineData("http://host")]
    [InlineData("[host]")]
    [InlineData("[::1")]
    [InlineData("\"host")]
    public void What_is_no_host_is_refused(string text) =>
        Assert.Equal("give a name, an IPv4 address or an IPv6 address", Assert.Throws<FormatException>(() => HostName.Parse(text)).Message);

    [Theory]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%2")]
    public void Link_local_address_is_refused(string text) =>
        Assert.StartsWith("a link-local address", Assert.Throws<FormatException>(() => HostName.Parse(text)).Message);

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("[::1]", "::1")]
    [InlineData("localhost", "127.0.0.1")]
    public void Host_is_listened_on_at_its_address(string host, string address) => Assert.Equal(IPAddress.Parse(address), HostName.Resolve(host));

    [Fact]
    public void Name_that_stands_for_nothing_has_no_address()
    {
        Assert.Null(HostName.Resolve("no-such-host.invalid"));
        Assert.Empty(HostName.Addresses("no-such-host.invalid"));
    }

    [Fact]
    public void Local_address_towards_this_machine_is_this_machine() => Assert.Equal("127.0.0.1", HostName.LocalTowards("127.0.0.1"));

    [Fact]
    public void No_way_to_a_name_is_one_line_that_names_it() =>
        Assert.Contains("no-such-host.invalid", Assert.Throws<UserErrorException>(() => HostName.LocalTowards("no-such-host.invalid")).Message);
}
