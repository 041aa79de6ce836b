using System.Diagnostics;
using System.Text;
using MiniBatch.LivePage.Live;

namespace MiniBatch.LivePage.Tests;

/// <summary>The link between a supervisor and the coordinator that it started.</summary>
public sealed class LinkTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly LinkToCoordinator _supervisor = new();
    private readonly FakeRun _run = new();

    [Fact]
    public async Task Views_come_over_while_somebody_watches()
    {
        await using var coordinator = LinkToSupervisor.Connect(_supervisor.SocketPath, _run);
        var view = new ExchangeView(3, "step 4", null, false, 1.5, [new SlotView(4, 0, "worker-1", null, true)], [new WorkerView("worker-1", 3, true)], null);
        _run.Show(view);
        using var watch = _supervisor.Watch();
        await Until(() => _run.Asked.Contains("watched"));
        await Until(() => _supervisor.View is { Version: 3 } come && Text(come) == Text(new ViewText(view)));
        _run.Show(view with { Version = 4 });
        await Until(() => _supervisor.View is { Version: 4 });
        watch.Dispose();
        Assert.Null(_supervisor.View);
        await Until(() => _run.Asked.Contains("unwatched"));
    }

    [Fact]
    public async Task A_view_longer_than_what_is_read_at_once_comes_over_whole_and_so_does_what_follows()
    {
        await using var coordinator = LinkToSupervisor.Connect(_supervisor.SocketPath, _run);
        using var watch = _supervisor.Watch();
        await Until(() => _run.Asked.Contains("watched"));
        var longest = new ExchangeView(1, "", null, false, 0, [], [.. Enumerable.Range(0, 5000).Select(worker => new WorkerView($"worker-{worker}", 1, true))], null);
        _run.Show(longest);
        await Until(() => _supervisor.View is { Version: 1 } come && Text(come) == Text(new ViewText(longest)));
        Assert.Equal(7840, (await _supervisor.CopyTensorAsync("linear.weight", CancellationToken.None))!.Values.Length);
        _run.Show(longest with { Version = 2, Workers = [] });
        await Until(() => _supervisor.View is { Version: 2 });
    }

    [Fact]
    public async Task What_is_asked_for_arrives_in_order()
    {
        await using var coordinator = LinkToSupervisor.Connect(_supervisor.SocketPath, _run);
        await Until(() => _run.Asked.Contains("pace full"));
        _supervisor.SetPace(5);
        _supervisor.StepOnce();
        _supervisor.CutOff("worker-2", TimeSpan.FromSeconds(8));
        await Until(() => _run.Asked.Count == 4);
        Assert.Equal(["pace full", "pace 5", "step", "cut worker-2 8"], _run.Asked);
    }

    [Fact]
    public async Task Whether_a_coordinator_is_there_is_known_also_while_nobody_watches()
    {
        Assert.False(_supervisor.IsConnected);
        await using (var coordinator = LinkToSupervisor.Connect(_supervisor.SocketPath, _run)) await Until(() => _supervisor.IsConnected);
        await Until(() => !_supervisor.IsConnected);
    }

    [Fact]
    public async Task A_coordinator_in_a_dead_ones_place_is_told_the_pace_and_that_somebody_watches()
    {
        using var watch = _supervisor.Watch();
        _supervisor.SetPace(0);
        await (LinkToSupervisor.Connect(_supervisor.SocketPath, new FakeRun())!).DisposeAsync();

        await using var second = LinkToSupervisor.Connect(_supervisor.SocketPath, _run);

        await Until(() => _run.Asked.Count == 2);
        Assert.Equal(["pace 0", "watched"], _run.Asked);
    }

    [Fact]
    public async Task Questions_are_answered_and_with_nothing_where_there_is_no_coordinator()
    {
        Assert.Null(await _supervisor.CopyTensorAsync("linear.weight", CancellationToken.None));
        await using (var coordinator = LinkToSupervisor.Connect(_supervisor.SocketPath, _run))
        {
            await Until(() => !_run.Asked.IsEmpty);
            Assert.Equal(7840, (await _supervisor.CopyTensorAsync("linear.weight", CancellationToken.None))!.Values.Length);
            Assert.Null(await _supervisor.CopyTensorAsync("none", CancellationToken.None));
            Assert.Equal(("worker-1", 20), await _supervisor.ForwardAsync(new float[2], 2, CancellationToken.None) is { } answer ? (answer.Worker, answer.Outputs.Length) : default);
        }
        await Until(() => _supervisor.CopyTensorAsync("linear.weight", CancellationToken.None) is { IsCompletedSuccessfully: true, Result: null });
    }

    [Fact]
    public void Without_a_supervisor_the_run_goes_on_without_a_page()
    {
        _supervisor.Dispose();
        Assert.Null(LinkToSupervisor.Connect(_supervisor.SocketPath, _run));
    }

    public void Dispose() => _supervisor.Dispose();

    private static string Text(ViewText view) => Encoding.UTF8.GetString(view.Utf8Json.Span);

    private static async Task Until(Func<bool> holds)
    {
        for (var waited = Stopwatch.StartNew(); !holds(); await Task.Delay(10)) Assert.True(waited.Elapsed < Limit, "waited too long");
    }
}
