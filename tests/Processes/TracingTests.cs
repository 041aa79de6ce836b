using System.Net;
using System.Net.Sockets;
using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>What real nodes send by OTLP.</summary>
[Collection(OneAtATime.Name)]
public sealed class TracingTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void Step_s_spans_are_joined_across_three_processes()
    {
        using var receiver = new OtlpReceiver();
        SendTo(receiver.Address);
        var job = Job.Softmax();
        _cluster.Start(job, 2);
        var finished = _cluster.WaitForSuccess();

        var spans = receiver.Spans;
        var run = Assert.Single(spans, span => span.Name == "run");
        Assert.Equal((finished.Summary.Run, ""), (run.Tags["minibatch.run"], run.ParentId));
        var epochs = spans.Where(span => span.Name == "epoch").ToList();
        Assert.All(epochs, epoch => Assert.Equal(run.Id, epoch.ParentId));
        var first = Assert.Single(spans, span => span.Name == "step" && span.Tags["minibatch.step"] == "1");
        Assert.Contains(epochs, epoch => epoch.Id == first.ParentId);
        var slots = spans.Where(span => span.Name == "slot" && span.ParentId == first.Id).ToList();
        Assert.Equal(["0", "1", "2", "3"], slots.Select(slot => slot.Tags["minibatch.slot"]).Distinct().Order());
        Assert.All(slots, slot => Assert.Equal(("minibatch-worker", "1"), (slot.Service, slot.Tags["minibatch.step"])));
        Assert.Equal(["worker-1", "worker-2"], slots.Select(slot => slot.Tags["minibatch.worker"]).Distinct().Order());
        Assert.All([.. epochs, first, .. slots], span => Assert.Equal(run.TraceId, span.TraceId));
        Assert.InRange(receiver.MetricRequests, 3, int.MaxValue);   // a process each, at its end
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Receiver_that_never_answers_changes_nothing()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var job = Job.Softmax();
        using var undisturbed = new TestCluster(data, output);
        undisturbed.Start(job, 2);
        var expected = undisturbed.WaitForSuccess();

        SendTo($"http://{silent.LocalEndpoint}");
        _cluster.Start(job, 2);
        var run = _cluster.WaitForSuccess();

        Assert.True(silent.Pending());
        Assert.Equal(expected.Summary.StateSha256, run.Summary.StateSha256);
    }

    private void SendTo(string address)
    {
        _cluster.Variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = address;
        _cluster.Variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
    }
}
