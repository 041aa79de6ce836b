using System.Text.Json;
using MiniBatch.Processes.Harness;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>Coordinator and workers as processes, real digits: what a run leaves behind, and that it has learned.</summary>
[Collection(OneAtATime.Name)]
public sealed class TrainingTests(RealData data, ITestOutputHelper output)
{
    private static readonly string[] SummaryFields =
    [
        "run", "workload", "engine", "device", "deterministic", "optimizer", "learningRate", "globalBatch", "slots",
        "workers", "seed", "steps", "seconds", "samplesPerSecond", "epochs", "testAccuracy", "parameterCount",
        "parametersSha256", "stateSha256", "outcome",
    ];

    private static readonly string[] EpochFields =
        ["epoch", "trainLoss", "testLoss", "testAccuracy", "seconds", "samplesPerSecond"];

    [Fact]
    public void Run_of_real_workers_learns_and_leaves_everything_behind()
    {
        const int workers = 3;
        using var cluster = new TestCluster(data, output);
        cluster.Start(new Job("mnist-softmax", "--epochs 3 --limit-train 6000 --limit-test 2000 --seed 1"), workers);
        var run = cluster.WaitForSuccess();

        Assert.Equal("completed", run.Summary.Outcome);
        Assert.Equal(workers, run.Summary.Workers);
        Assert.InRange(run.Summary.TestAccuracy!.Value, 0.82, 0.95);
        Assert.Equal(180, run.Summary.Steps);
        AssertSummaryHasEveryField(run.SummaryText);
        AssertEpochsAgree(cluster.Directory.Epochs, run.Summary.Epochs);
        AssertWeightsHashTo(run.Summary, cluster.Directory.Model);
        AssertLogs(cluster.Directory.Logs, run.Summary.Run, workers);
        Assert.False(File.Exists(cluster.Directory.CoordinatorAddress));
    }

    private static void AssertSummaryHasEveryField(string text)
    {
        using var summary = JsonDocument.Parse(text);
        Assert.All(SummaryFields, field => Assert.NotEqual(JsonValueKind.Null, summary.RootElement.GetProperty(field).ValueKind));
        Assert.All(
            summary.RootElement.GetProperty("epochs").EnumerateArray(),
            epoch => Assert.Equal(EpochFields, epoch.EnumerateObject().Select(field => field.Name)));
        Assert.All(new[] { "akka", "torch" }, engine =>
            Assert.NotEmpty(summary.RootElement.GetProperty("engine").GetProperty(engine).GetString()!));
    }

    private static void AssertEpochsAgree(string path, IReadOnlyList<EpochSummary> epochs)
    {
        var lines = File.ReadAllLines(path);
        Assert.Equal(string.Join(',', EpochFields), lines[0]);
        Assert.Equal(
            epochs.Select(epoch => FormattableString.Invariant($"{epoch.Epoch},{epoch.TrainLoss:R},{epoch.TestLoss:R},{epoch.TestAccuracy:R}")),
            lines.Skip(1).Select(line => string.Join(',', line.Split(',').Take(4))));
        Assert.True(epochs[^1].TrainLoss < epochs[0].TrainLoss);
    }

    private static void AssertWeightsHashTo(RunSummary summary, string path)
    {
        var tensors = Safetensors.Read(path).Tensors;
        Assert.Equal(["linear.weight", "linear.bias"], tensors.Select(tensor => tensor.Name));
        Assert.Equal(summary.ParameterCount, tensors.Sum(tensor => tensor.ElementCount));
        Assert.Equal(summary.ParametersSha256, ParameterHash.Sha256OfFloats([.. tensors.SelectMany(tensor => tensor.Floats.ToArray())]));
    }

    private static void AssertLogs(string directory, string run, int workers)
    {
        string[] nodes = ["coordinator", .. Enumerable.Range(1, workers).Select(worker => $"worker-{worker}")];
        Assert.Equal(nodes.Select(node => $"{node}.jsonl"), Directory.GetFiles(directory).Select(Path.GetFileName).Order());
        foreach (var node in nodes)
        {
            var lines = File.ReadAllLines(Path.Combine(directory, $"{node}.jsonl"));
            Assert.NotEmpty(lines);
            var role = node == "coordinator" ? node : "worker";
            var ofRun = 0;
            foreach (var line in lines)
            {
                using var json = JsonDocument.Parse(line);
                var properties = json.RootElement;
                Assert.Equal(node, properties.GetProperty("node").GetString());
                Assert.Equal(role, properties.GetProperty("role").GetString());
                var known = NodeEvents.All.Single(known => known.Name == properties.GetProperty("event").GetString());
                Assert.Equal((known.Id, known.Source.Name), (properties.GetProperty("eventId").GetInt32(), properties.GetProperty("source").GetString()));
                if (!properties.TryGetProperty("run", out var named)) continue;
                Assert.Equal(run, named.GetString());
                ofRun++;
            }
            Assert.True(ofRun > 0, $"no line of {node}.jsonl names the run");
        }
    }
}
