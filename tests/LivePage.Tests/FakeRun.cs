using System.Collections.Concurrent;
using MiniBatch.LivePage.Live;
using MiniBatch.Supervision;

namespace MiniBatch.LivePage.Tests;

/// <summary>A run that is not there: remembers what it was asked for.</summary>
internal sealed class FakeRun : ILiveRun
{
    private readonly Watchers _watchers;
    private readonly Lock _gate = new();
    private volatile ViewText? _view;
    private int _open;

    public FakeRun() => _watchers = new Watchers(anybody => Asked.Enqueue(anybody ? "watched" : "unwatched"));

    public ConcurrentQueue<string> Asked { get; } = [];

    public ViewText? View => _view;

    public bool IsConnected { get; set; } = true;

    /// <summary>Of the tensor that is asked for.</summary>
    public float[] Weights { get; } = new float[7840];

    /// <summary>What its model says for class 3 of the first sample; 0 for all others.</summary>
    public float Says { get; set; } = 9f;

    /// <summary>The version that answers are of.</summary>
    public long Version { get; set; } = 7;

    /// <summary>How long an answer takes.</summary>
    public TimeSpan Takes { get; set; }

    /// <summary>Tensors and samples that it was asked for.</summary>
    public int Questions { get; private set; }

    /// <summary>Of these samples.</summary>
    public int Forwards { get; private set; }

    /// <summary>The most of them at a time.</summary>
    public int QuestionsAtOnce { get; private set; }

    public IDisposable Watch(Action<ViewText>? shown = null) => _watchers.Add(shown);

    /// <summary>Its exchange does this now; null for a coordinator that has gone.</summary>
    public void Show(ExchangeView? view)
    {
        _view = view is null ? null : new ViewText(view);
        if (_view is { } shown) _watchers.Show(shown);
    }

    public void SetPace(double? stepsPerSecond) => Asked.Enqueue($"pace {stepsPerSecond?.ToString() ?? "full"}");

    public void StepOnce() => Asked.Enqueue("step");

    public async Task<TensorCopy?> CopyTensorAsync(string name, CancellationToken cancellation)
    {
        await Answer();
        return name == "none" ? null : new TensorCopy(Version, [10, 784], Weights);
    }

    public async Task<ForwardAnswer?> ForwardAsync(float[] inputs, int samples, CancellationToken cancellation)
    {
        lock (_gate) Forwards++;
        await Answer();
        return new ForwardAnswer(Version, "worker-1", [.. Enumerable.Range(0, 10 * samples).Select(i => i == 3 ? Says : 0f)]);
    }

    public void CutOff(string worker, TimeSpan length) => Asked.Enqueue($"cut {worker} {length.TotalSeconds}");

    private async Task Answer()
    {
        lock (_gate)
        {
            Questions++;
            QuestionsAtOnce = Math.Max(QuestionsAtOnce, ++_open);
        }
        if (Takes > TimeSpan.Zero) await Task.Delay(Takes);
        lock (_gate) _open--;
    }
}

/// <summary>Buttons that do nothing but remember.</summary>
internal sealed class FakeControl : IRunControl
{
    public ConcurrentQueue<string> Asked { get; } = [];

    public ControlState State { get; set; } = new(new ClusterState([new ProcessState("worker-1", "runs")], true, false));

    public IReadOnlyList<ClusterFault> Faults { get; init; } = Enum.GetValues<ClusterFault>();

    public bool CanCompare => true;

    public string? Break(ClusterFault fault, string? worker)
    {
        Asked.Enqueue($"{fault} {worker}");
        return null;
    }

    public string? Compare()
    {
        Asked.Enqueue("compare");
        return null;
    }
}
