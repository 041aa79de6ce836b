using System.CommandLine;
using System.Net;
using MiniBatch.Shared.Hosting;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Tests.Hosting;

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

    private static NodeOptions Read(string arguments, string defaultHost)
    {
        var flags = new NodeFlags(defaultPort: 0);
        var command = new RootCommand();
        flags.AddTo(command);
        return flags.Read(command.Parse(arguments.Split(' ')), defaultHost);
    }
}
