using System.Text.Json.Nodes;
using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary><c>chaos</c> with twenty kills: every kind of fault is made, and what comes out is the model that nobody disturbed.</summary>
[Collection(OneAtATime.Name)]
[Trait("Group", "Long")]
public sealed class ChaosTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private const int Kills = 20;

    private readonly TestCluster _cluster = new(data, output) { ExitLimit = TimeSpan.FromMinutes(8) };

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void Twenty_kills_leave_one_hash_and_nobody_behind()
    {
        var chaos = Start(
            "mnist-mlp", "--kills", $"{Kills}", "--steps-per-fault", "400", "--workers", "2", "--seed", "5",
            "--limit-train", "3000", "--limit-test", "1000", "--batch", "100", "--evaluate-every", "1000", "--checkpoint-every", "100");
        _cluster.Expect(chaos, 0);
        _cluster.WaitForNobody();

        Assert.EndsWith("one hash\n", chaos.Output, StringComparison.Ordinal);
        var report = JsonNode.Parse(File.ReadAllText(Path.Combine(_cluster.Directory.Root, "chaos.json")))!;
        Assert.Empty(report["problems"]!.AsArray());
        Assert.Equal(Kills, (int)report["kills"]!);
        var faults = report["faults"]!.AsObject().ToDictionary(fault => fault.Key, fault => (int)fault.Value!);
        Assert.Equal(Kills * 3 / 2, faults.Values.Sum());
        Assert.Equal(Kills, faults["worker killed"] + faults["coordinator killed"]);
        Assert.Equal(64, ((string)report["stateSha256Disturbed"]!).Length);
        Assert.Equal((string?)report["stateSha256Undisturbed"], (string?)report["stateSha256Disturbed"]);
        Assert.InRange((int)report["coordinatorRestarts"]!, 1, faults["coordinator killed"] + faults["coordinator terminated"]);
        Assert.True((int)report["stepsRedone"]! > 0, "no step was redone");
        Assert.True(report["recoveries"]!.AsArray().Sum(times => (int)times!["count"]!) > Kills / 2);
    }

    [Fact]
    public void A_run_that_is_too_short_for_its_kills_says_so()
    {
        var chaos = Start("hours-points", "--kills", "500", "--workers", "1", "--epochs", "3");
        _cluster.Expect(chaos, 1);
        OneLine.Of(chaos, "faults were made before the run was over; give it more steps for each");
    }

    private NodeProcess Start(params string[] arguments) =>
        _cluster.Start("chaos", BuiltPrograms.Launcher, ["chaos", .. arguments, "--run-dir", _cluster.Directory.Root, .. arguments[0] == "hours-points" ? (string[])[] : ["--data", data.Root]]);
}
