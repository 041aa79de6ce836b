using System.Text.RegularExpressions;
using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>However a host is written, the command that the coordinator prints is one that a worker joins with.</summary>
[Collection(OneAtATime.Name)]
public sealed partial class HostFormTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private readonly TestCluster _cluster = new(data, output);
    private Wire? _wire;

    public void Dispose()
    {
        _cluster.Dispose();
        _wire?.Dispose();
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("LOCALHOST", "localhost")]
    [InlineData("::1", "[::1]")]
    [InlineData("[::1]", "[::1]")]
    public void Printed_command_joins_on_this_machine(string host, string printed) => AssertPrintedCommandJoins(printed, "--host", host);

    [SkippableTheory]
    [InlineData(Wire.NearName, "--host", Wire.NearName)]
    [InlineData($"[{Wire.NearIPv6Address}]", "--host", Wire.NearIPv6Address)]
    [InlineData(Wire.NearName, "--host", "::", "--public-host", "Near.TEST")]
    [InlineData(Wire.NearName, "--host", "0.0.0.0", "--public-host", Wire.NearName)]
    [Trait("Group", "Long")]
    public void Printed_command_joins_from_another_machine_where_there_is_only_IPv6(string printed, params string[] flags)
    {
        _wire = Wire.LayIPv6(_cluster.Home, out var problem);
        Skip.If(_wire is null, problem);
        _cluster.StartBy = _wire.Near;
        AssertPrintedCommandJoins(printed, flags);
    }

    private void AssertPrintedCommandJoins(string printed, params string[] flags)
    {
        var coordinator = _cluster.StartCoordinator(Job.HoursPoints, 1, flags);
        _cluster.WaitForText(coordinator, "more workers join with");
        var command = Command().Match(coordinator.Output);
        Assert.Equal(printed, command.Groups["host"].Value);

        if (_wire is not null) _cluster.StartBy = _wire.Far;
        var worker = _cluster.Start("worker", BuiltPrograms.Worker, command.Groups["arguments"].Value.Split(' '));
        _cluster.Expect(coordinator, 0);
        _cluster.Expect(worker, 0);
    }

    [GeneratedRegex(@"\./cluster worker (?<arguments>--join (?<host>\S+):\d+)\s")]
    private static partial Regex Command();
}
