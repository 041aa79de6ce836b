using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using MiniBatch.Shared.Logging;

namespace MiniBatch.Shared.Tests.Logging;

public class AkkaToSerilogTests
{
    [Theory]
    [InlineData(LogLevel.WarningLevel, typeof(Akka.Cluster.Cluster), "Cluster (akka://minibatch)", "engine-said")]   // Marking node(s) as UNREACHABLE
    [InlineData(LogLevel.ErrorLevel, typeof(OneForOneStrategy), "akka://minibatch/system/endpointManager/writer-1", "engine-said")]   // Disassociated
    [InlineData(LogLevel.ErrorLevel, typeof(string), "remoting (akka://minibatch)", "engine-said")]   // Remoting error: [Startup failed]
    [InlineData(LogLevel.WarningLevel, typeof(ActorSystem), "ActorSystem(minibatch)", "engine-warned")]
    [InlineData(LogLevel.ErrorLevel, typeof(OneForOneStrategy), "akka://minibatch/user/coordinator", "engine-failed")]
    [InlineData(LogLevel.InfoLevel, typeof(ActorSystem), "ActorSystem(minibatch)", "engine-said")]
    public void What_the_engine_says_of_other_nodes_is_for_the_file(LogLevel level, Type type, string source, string name) =>
        Assert.Equal(name, AkkaToSerilog.EventOf(level, type, source).Name);

    [Fact]
    public void Node_that_is_looked_for_by_another_name_says_which_is_right()
    {
        const string Said = "Dropping message [Akka.Actor.ActorSelectionMessage] for non-local recipient [[akka.tcp://minibatch@localhost:4470/]] "
            + "arriving at [akka.tcp://minibatch@localhost:4470] inbound addresses [akka.tcp://minibatch@127.0.0.1:4470]";

        var (known, about, words) = AkkaToSerilog.Translated(Said, null)!.Value;

        Assert.Equal((NodeEvents.OtherAddress, "localhost:4470"), (known, about));
        Assert.Equal("somebody looks for this node as localhost:4470, and it calls itself 127.0.0.1:4470: join by just that name", words);
    }

    [Theory]
    [InlineData("[[::ffff:127.0.0.1]:4470->[::ffff:127.0.0.1]:34008](Id=471aa918)", "127.0.0.1")]
    [InlineData("[[::1]:4470->[fd00:aa::2]:34008](Id=471aa918)", "fd00:aa::2")]
    public void Stranger_on_the_control_port_is_named_with_what_was_wrong(string channel, string from)
    {
        var (known, about, words) = AkkaToSerilog.Translated($"Error caught channel {channel}", new InvalidDataException("no frame"))!.Value;

        Assert.Equal((NodeEvents.ControlConnectionRefused, from), (known, about));
        Assert.Equal($"closed a control connection from {from}: no frame", words);
    }

    [Fact]
    public void Killed_node_is_no_stranger() =>
        Assert.Null(AkkaToSerilog.Translated(
            "Error caught channel [[::ffff:127.0.0.1]:4470->[::ffff:127.0.0.1]:34008](Id=1)", new SocketException((int)SocketError.ConnectionReset)));
}
