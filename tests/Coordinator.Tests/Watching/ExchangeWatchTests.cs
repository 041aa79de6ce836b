using MiniBatch.Coordinator.Watching;
using MiniBatch.LivePage.Live;

namespace MiniBatch.Coordinator.Tests.Watching;

/// <summary>Views of the exchange for who watches.</summary>
public sealed class ExchangeWatchTests
{
    private readonly ExchangeWatch _watch = new();

    [Fact]
    public void While_nobody_watches_none_is_due_and_none_is_kept()
    {
        Assert.False(_watch.IsDue(TimeSpan.Zero));
        _watch.Watch().Dispose();
        Assert.False(_watch.IsDue(TimeSpan.FromSeconds(1)));
        _watch.Show(View(1), TimeSpan.FromSeconds(1));   // was under way when the last one went
        Assert.Null(_watch.View);
    }

    [Fact]
    public void While_somebody_watches_ten_are_due_a_second()
    {
        using var watch = _watch.Watch();
        var due = 0;
        for (var now = TimeSpan.Zero; now < TimeSpan.FromSeconds(1); now += TimeSpan.FromMilliseconds(1))
        {
            if (!_watch.IsDue(now)) continue;
            _watch.Show(View(++due), now);
        }
        Assert.Equal(10, due);
        Assert.Equal(10, _watch.View!.Version);
    }

    [Fact]
    public void Who_wants_to_be_told_is_told_each_once_and_none_after_he_has_gone()
    {
        var told = new List<long>();
        using var other = _watch.Watch();
        _watch.Show(View(1), TimeSpan.Zero);
        var watch = _watch.Watch(view => told.Add(view.Version ?? 0));
        _watch.Show(View(2), TimeSpan.Zero);
        _watch.Show(View(3), TimeSpan.Zero);
        watch.Dispose();
        watch.Dispose();
        _watch.Show(View(4), TimeSpan.Zero);
        Assert.Equal([2, 3], told);
        Assert.Equal(4, _watch.View!.Version);
    }

    private static ExchangeView View(long version) => new(version, "", null, false, 0, [], [], null);
}
