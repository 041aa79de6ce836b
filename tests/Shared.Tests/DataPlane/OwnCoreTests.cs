using System.Globalization;
using MiniBatch.Shared.DataPlane.SharedMemory;

namespace MiniBatch.Shared.Tests.DataPlane;

/// <summary>Each on a thread of its own, of which nothing is left.</summary>
public sealed class OwnCoreTests
{
    [Fact]
    public async Task Each_of_as_many_workers_as_cores_has_one_of_its_own_until_it_leaves()
    {
        var cores = await OnAThread(Cores);
        var held = new List<int>();
        for (var i = 0; i < cores.Count; i++)
        {
            var seat = new Seat(i, cores.Count);
            held.AddRange(await OnAThread(() => HeldBy(seat)));
        }
        Assert.Equal(cores, held);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Nobody_is_held_where_workers_and_cores_are_not_as_many(int more)
    {
        var cores = await OnAThread(Cores);

        Assert.Equal(cores, await OnAThread(() => HeldBy(new Seat(0, cores.Count + more))));
    }

    [Fact]
    public async Task Thread_is_let_go_where_a_worker_has_left()
    {
        var cores = await OnAThread(Cores);

        var after = await OnAThread(() =>
        {
            var core = new OwnCore();
            core.Take(new Seat(0, cores.Count));
            core.Take(new Seat(0, cores.Count + 1));
            return Cores();
        });

        Assert.Equal(cores, after);
    }

    /// <summary>The cores that a thread with this seat may use; after it has left, all of them.</summary>
    private static List<int> HeldBy(Seat seat)
    {
        var before = Cores();
        var core = new OwnCore();
        core.Take(seat);
        var held = Cores();
        core.Leave();
        Assert.Equal(before, Cores());
        return held;
    }

    private static Task<List<int>> OnAThread(Func<List<int>> work) => Task.Factory.StartNew(work, TaskCreationOptions.LongRunning);

    /// <summary>Those that this thread may use, as the kernel tells: "0-2,5".</summary>
    private static List<int> Cores()
    {
        const string Name = "Cpus_allowed_list:";
        var list = File.ReadLines("/proc/thread-self/status").First(text => text.StartsWith(Name, StringComparison.Ordinal))[Name.Length..];
        var cores = new List<int>();
        foreach (var range in list.Split(','))
        {
            var ends = range.Split('-');
            var (first, last) = (int.Parse(ends[0], CultureInfo.InvariantCulture), int.Parse(ends[^1], CultureInfo.InvariantCulture));
            for (var core = first; core <= last; core++) cores.Add(core);
        }
        return cores;
    }
}
