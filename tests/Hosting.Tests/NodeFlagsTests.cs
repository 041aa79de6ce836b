using System.CommandLine;
using System.Net;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Hosting.Tests;

public sealed class NodeFlagsTests
{
    [Fact]
    public void Worker_that_listens_everywhere_calls_itself_by_the_address_that_reaches_the_coordinator()
    {
        var node = Read("--host 0.0.0.0 --insecure", defaultHost: "10.0.0.5");
        Assert.Equal((IPAddress.Any, "10.0.0.5"), (node.BindAddress, node.PublicHost));
    }

    [Fact]
    public void Name_that_is_given_goes_before_it()
    {
        var node = Read("--host 0.0.0.0 --public-host pod-7 --insecure", defaultHost: "10.0.0.5");
        Assert.Equal("pod-7", node.PublicHost);
    }

    [Fact]
    public void Node_that_listens_everywhere_and_has_no_other_address_must_be_given_a_name()
    {
        var error = Assert.Throws<UserErrorException>(() => Read("--host 0.0.0.0 --insecure", defaultHost: "127.0.0.1"));
        Assert.Equal("--host 0.0.0.0 listens everywhere; say with --public-host under which name other nodes reach this one", error.Message);
    }

    [Theory]
    [InlineData("--host ::1", "::1", "[::1]")]
    [InlineData("--host [::1]", "::1", "[::1]")]
    [InlineData("--host LOCALHOST", "127.0.0.1", "localhost")]
    [InlineData("--host :: --public-host V6.example --insecure", "::", "v6.example")]
    [InlineData("--host 0.0.0.0 --public-host fd00::7 --insecure", "::", "[fd00::7]")]   // or nobody could reach it
    [InlineData("--host 0.0.0.0 --public-host 10.0.0.7 --insecure", "0.0.0.0", "10.0.0.7")]
    public void Host_is_told_to_others_in_the_form_that_they_dial(string arguments, string bound, string told)
    {
        var node = Read(arguments, defaultHost: "127.0.0.1");
        Assert.Equal((IPAddress.Parse(bound), told), (node.BindAddress, node.PublicHost));
    }

    [Fact]
    public void Worker_that_listens_everywhere_calls_itself_by_an_IPv6_address_as_well()
    {
        var node = Read("--host :: --insecure", defaultHost: "[fd00::5]");
        Assert.Equal((IPAddress.IPv6Any, "[fd00::5]"), (node.BindAddress, node.PublicHost));
    }

    [Fact]
    public void Host_that_is_none_is_one_line()
    {
        var error = Assert.Throws<UserErrorException>(() => Read("--host http://pod-7", defaultHost: "127.0.0.1"));
        Assert.Equal(("--host http://pod-7: give a name, an IPv4 address or an IPv6 address", UserErrorException.Usage), (error.Message, error.ExitCode));
    }

    [Fact]
    public void Address_that_others_reach_without_a_secret_is_refused_unless_it_is_insisted_on()
    {
        Environment.SetEnvironmentVariable(SharedSecret.Variable, null);   // whoever runs the tests may have one
        var error = Assert.Throws<UserErrorException>(() => Read("--host 10.0.0.7", defaultHost: "127.0.0.1"));
        Assert.Equal(
            ($"--host 10.0.0.7 can be reached from elsewhere and there is no secret; set {SharedSecret.Variable} or --secret-file on every node, or say --insecure", UserErrorException.Usage),
            (error.Message, error.ExitCode));
        Assert.Equal(SharedSecret.Key(null), Read("--host 10.0.0.7 --insecure", defaultHost: "127.0.0.1").SecretKey);
    }

    private static NodeOptions Read(string arguments, string defaultHost)
    {
        var flags = new NodeFlags(defaultPort: 0);
        var command = new RootCommand();
        flags.AddTo(command);
        return flags.Read(command.Parse(arguments.Split(' ')), certificates: null, defaultHost);
    }
}
