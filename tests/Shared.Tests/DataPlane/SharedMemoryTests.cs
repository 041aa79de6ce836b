using System.Net.Sockets;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.DataPlane.SharedMemory;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Tests.DataPlane;

/// <summary>Both ends of a region in one process, each with a mapping of its own, handed over a real Unix socket.</summary>
public sealed class SharedMemoryTests
{
    private const int Floats = 5000;
    private const int Gradients = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public void Version_that_the_server_posts_is_read_by_the_worker_where_it_was_written()
    {
        using var ends = new Ends(Floats, Gradients);

        ends.Post(step: 1, Filled(1.5f));

        Assert.True(ends.Worker.TryTake(out var type, out var version));
        Assert.Equal(FrameType.StepOrder, type);
        Assert.Equal(1, StepOf(ends.Worker));
        Assert.Equal(Filled(1.5f), version.ToArray());
        Assert.False(ends.Worker.HasOrder);
    }

    [Fact]
    public void Orders_are_taken_as_they_were_posted_and_no_more_fit_than_there_are_entries()
    {
        using var ends = new Ends(Floats, Gradients);
        long posted = 0, taken = 0;
        for (var round = 0; round < 10; round++)
        {
            while (ends.Post(posted + 1, Filled(posted + 1))) posted++;
            Assert.Equal(SharedRegion.OrderCount, posted - taken);
            for (var i = 0; i < 1 + (round % SharedRegion.OrderCount); i++)
            {
                Assert.True(ends.Worker.TryTake(out _, out var version));
                Assert.Equal(++taken, StepOf(ends.Worker));
                Assert.Equal((float)taken, version[^1]);
                ends.Worker.Release();
            }
        }
        while (ends.Worker.TryTake(out _, out _)) Assert.Equal(++taken, StepOf(ends.Worker));
        Assert.Equal(posted, taken);
    }

    [Fact]
    public void Entry_of_a_version_that_is_still_read_is_not_written()
    {
        using var ends = new Ends(Floats, Gradients);
        ends.Post(1, Filled(1));
        Assert.True(ends.Worker.TryTake(out _, out var version));
        for (var step = 2; ends.Post(step, Filled(step)); step++)
        {
        }
        Assert.Equal(Filled(1), version.ToArray());
    }

    [Fact]
    public void Gradient_lies_where_the_worker_wrote_it_until_the_server_gives_it_back()
    {
        using var ends = new Ends(Floats, Gradients);
        for (var slot = 0; slot < Gradients; slot++) ends.Send(slot, slot + 0.5f);
        Assert.False(ends.Worker.TryRent(out _, out _));

        var taken = new List<RegionGradient>();
        while (ends.Server.TryTake(out var gradient))
        {
            Assert.Equal(taken.Count, SlotOf(ends.Server));
            taken.Add(gradient);
        }

        Assert.Equal(Enumerable.Range(0, Gradients).Select(slot => Filled(slot + 0.5f)), taken.Select(gradient => gradient.Memory.ToArray()));
        Assert.False(ends.Worker.TryRent(out _, out _));
        taken[1].Return();
        Assert.True(ends.Worker.TryRent(out var free, out _));
        Assert.Equal(1, free);
    }

    [Fact]
    public void Worker_knows_its_seat_once_the_server_has_given_it()
    {
        using var ends = new Ends(Floats, Gradients);
        Assert.Equal(Seat.None, ends.Worker.Seat);

        ends.Server.Give(new Seat(1, 3));
        Assert.Equal(new Seat(1, 3), ends.Worker.Seat);

        ends.Server.Give(new Seat(3, 3));   // no seat of three
        Assert.Equal(Seat.None, ends.Worker.Seat);
    }

    [Fact]
    public void Gradient_that_was_written_and_not_handed_over_is_never_taken()
    {
        using var ends = new Ends(Floats, Gradients);
        Assert.True(ends.Worker.TryRent(out _, out var half));
        half[..(Floats / 2)].Fill(7);

        ends.Worker.Dispose();

        Assert.False(ends.Server.HasGradient);
        Assert.False(ends.Server.TryTake(out _));
    }

    [Fact]
    public void Gradient_of_a_worker_that_has_gone_can_still_be_averaged()
    {
        using var ends = new Ends(Floats, Gradients);
        ends.Send(0, 3);
        Assert.True(ends.Server.TryTake(out var gradient));

        ends.Worker.Dispose();
        ends.Server.Dispose();

        Assert.Equal(Filled(3), gradient.Memory.ToArray());
        gradient.Return();
    }

    /// <summary>A lost wake-up leaves both asleep, and the test at its limit.</summary>
    [Fact]
    public async Task Neither_side_sleeps_through_what_the_other_wrote()
    {
        const int Rounds = 20_000;
        using var ends = new Ends(floats: 16, gradients: 1);
        using var workersSocket = new SemaphoreSlim(0);
        using var serversSocket = new SemaphoreSlim(0);
        var sleeps = 0;
        var worker = Task.Factory.StartNew(() =>
        {
            for (var round = 1; round <= Rounds; round++)
            {
                while (!ends.Worker.TryTake(out _, out _))
                {
                    if (ends.Worker.TrySleep()) Assert.True(workersSocket.Wait(Limit), $"asleep in round {round}");
                    ends.Worker.Awake();
                }
                ends.Worker.Release();
                if (ends.Send(0, round)) serversSocket.Release();
            }
        }, TaskCreationOptions.LongRunning);
        var server = Task.Factory.StartNew(() =>
        {
            for (var round = 1; round <= Rounds; round++)
            {
                Assert.True(ends.Server.TryPost(Order(round), default, out _, out var wake));
                if (wake) workersSocket.Release();
                RegionGradient? gradient;
                while (!ends.Server.TryTake(out gradient))
                {
                    sleeps++;
                    if (ends.Server.TrySleep()) Assert.True(serversSocket.Wait(Limit), $"asleep in round {round}");
                    ends.Server.Awake();
                }
                Assert.Equal(round, gradient.Memory.Span[7]);
                gradient.Return();
            }
        }, TaskCreationOptions.LongRunning);

        await Task.WhenAll(worker, server);

        Assert.True(sleeps > 0);
    }

    [Fact]
    public void Worker_that_offers_none_is_taken_without()
    {
        using var sockets = new Sockets();
        var taking = Task.Run(() => RegionHandover.Take(sockets.Server));
        Assert.False(RegionHandover.Offer(sockets.Worker, region: null));
        Assert.Null(taking.Result);
    }

    [Fact]
    public void Silence_about_it_ends_the_handshake()
    {
        using var sockets = new Sockets();
        sockets.Worker.Shutdown(SocketShutdown.Both);
        Assert.Throws<HandshakeException>(() => RegionHandover.Take(sockets.Server));
    }

    [Theory]
    [InlineData(0, 1, "no region of ours")]
    [InlineData(4, 99, "region format 99")]
    [InlineData(8, 0, "3 gradients of 0 float32s")]
    [InlineData(8, Floats * 2, "bytes for 3 gradients of 10000 float32s")]
    [InlineData(12, -1, "-1 gradients")]
    [InlineData(12, 4, "bytes for 4 gradients of 5000 float32s")]
    public async Task Region_that_says_what_it_is_not_is_refused(int at, int value, string problem)
    {
        using var sockets = new Sockets();
        using var region = SharedRegion.Create(Floats, Gradients);
        RawMemory.Of(region).Write(at, value);
        var taking = Task.Run(() => RegionHandover.Take(sockets.Server));

        _ = Task.Run(() => RegionHandover.Offer(sockets.Worker, region));

        Assert.Contains(problem, (await Assert.ThrowsAsync<InvalidDataException>(() => taking)).Message);
    }

    [Theory]
    [InlineData(4, -1)]
    [InlineData(4, (64 * 1024) + 1)]
    [InlineData(8, Floats + 1)]
    [InlineData(8, 0)]
    [InlineData(0, (int)FrameType.StepOrder)]
    [InlineData(0, 100_000)]
    public void Gradient_with_lengths_or_a_type_that_cannot_be_is_bad_data(int at, int value)
    {
        using var ends = new Ends(Floats, Gradients);
        ends.Send(0, 1);
        ends.Raw.Write(RawMemory.FirstGradient(Floats) + at, value);

        Assert.Throws<InvalidDataException>(() => ends.Server.TryTake(out _));
    }

    private static float[] Filled(float value) => [.. Enumerable.Repeat(value, Floats)];

    private static StepOrder Order(long step) =>
        new(new Incarnation(1), new Generation(1), Epoch: 1, StepInEpoch: 0, step, step - 1, new ItemList([0]));

    private static long StepOf(RegionWorkerEnd worker)
    {
        var reader = new FixedReader(worker.FixedPart);
        return StepOrder.Read(ref reader).Step;
    }

    private static int SlotOf(RegionServerEnd server)
    {
        var reader = new FixedReader(server.FixedPart);
        return SlotGradient.Read(ref reader).Slot;
    }

    private sealed class Ends : IDisposable
    {
        public Ends(int floats, int gradients)
        {
            var region = SharedRegion.Create(floats, gradients);
            Raw = RawMemory.Of(region);
            using var sockets = new Sockets();
            var taking = Task.Run(() => RegionHandover.Take(sockets.Server));
            Assert.True(RegionHandover.Offer(sockets.Worker, region));
            Server = new RegionServerEnd(taking.Result!);
            Worker = new RegionWorkerEnd(region);
        }

        public RegionServerEnd Server { get; }

        public RegionWorkerEnd Worker { get; }

        public RawMemory Raw { get; }

        public bool Post(long step, float[] version) =>
            Server.TryPost(Order(step), System.Runtime.InteropServices.MemoryMarshal.AsBytes(version.AsSpan()), out _, out _);

        /// <returns>Whether the server sleeps.</returns>
        public bool Send(int slot, float value)
        {
            Assert.True(Worker.TryRent(out var index, out var gradient));
            gradient.Fill(value);
            return Worker.Send(index, new SlotGradient(new Incarnation(1), 1, slot, 0, 1, 0, 0, 0, 0), out _);
        }

        public void Dispose()
        {
            Server.Dispose();
            Worker.Dispose();
        }
    }

    private sealed class Sockets : IDisposable
    {
        public Sockets()
        {
            var path = Path.Combine(Directory.CreateTempSubdirectory("minibatch-test-").FullName, "s");
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen(1);
            Worker.Connect(new UnixDomainSocketEndPoint(path));
            Server = listener.Accept();
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }

        public Socket Worker { get; } = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        public Socket Server { get; }

        public void Dispose()
        {
            Worker.Dispose();
            Server.Dispose();
        }
    }
}
