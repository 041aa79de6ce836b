using MiniBatch.Coordinator.Exchange;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests.Exchange;

/// <summary>The exchange over real sockets, with real faults on the wire.</summary>
public sealed class ExchangeThreadTests
{
    private static readonly RunSpec Spec = Specs.Small();
    private static readonly string Undisturbed = new ImaginaryCluster(Spec, seed: 0, "a").Run().ParametersSha256;

    [Fact]
    public async Task Two_workers_train_to_the_end_and_give_the_cores_parameters()
    {
        using var bench = new Bench(Spec);
        using var a = await bench.Connect("a");
        using var b = await bench.Connect("b");
        var (workA, workB) = (a.Work(), b.Work());
        bench.Deal(a, b);
        await bench.Initialise();

        Assert.Equal(Undisturbed, await bench.ToTheEnd());
        var ledger = await bench.Ledger();
        Assert.Equal(Enumerable.Range(1, 16).Select(step => (long)step), ledger.Select(line => line.Step));
        Assert.All(ledger, line => Assert.Equal(["a", "a", "b", "b"], line.Slots.Select(slot => slot.Worker)));

        bench.Thread.Post(new ExchangeCommand.Stop(new Goodbye(RunEnding.Completed, "all is trained")));
        Assert.Equal(new Goodbye(RunEnding.Completed, "all is trained"), await workA.WaitAsync(Bench.Limit));
        Assert.Equal(new Goodbye(RunEnding.Completed, "all is trained"), await workB.WaitAsync(Bench.Limit));
        Assert.True(bench.Thread.Join(Bench.Limit));
    }

    [Fact]
    public async Task Link_cut_in_the_middle_of_a_gradient_costs_no_bit()
    {
        using var bench = new Bench(Spec);
        using var a = await bench.Connect("a");
        using var b = await bench.Connect("b");
        var cut = false;
        b.InsteadOfSending = frame =>
        {
            b.SendBytes(frame.AsSpan(0, frame.Length - 10));
            b.Cut();
            return cut = true;
        };
        bench.Deal(a, b);
        _ = a.Work();
        _ = b.Work();
        await bench.Initialise();
        bench.Train(1);
        var lost = await bench.Until<ExchangeReport.Disconnected>();
        Assert.Equal(b.Id, lost.Worker);

        bench.Deal(a);

        await bench.Until<ExchangeReport.EpochTrained>();
        Assert.True(cut);
        Assert.Equal(Undisturbed, await bench.ToTheEnd(fromEpoch: 2));
        Assert.All(await bench.Ledger(), line => Assert.All(line.Slots, slot => Assert.Equal("a", slot.Worker)));
    }

    [Fact]
    public async Task Worker_that_beats_instead_of_answering_is_stuck()
    {
        using var bench = new Bench(Spec, answer: TimeSpan.FromMilliseconds(300));
        using var a = await bench.Connect("a");
        using var b = await bench.Connect("b");
        bench.Deal(a, b);
        b.InsteadOfSending = _ =>
        {
            b.SendBeat();
            return true;
        };
        _ = a.Work();
        _ = b.Work();
        await bench.Initialise();
        bench.Train(1);
        var stuck = await bench.Until<ExchangeReport.Stuck>(report => report.Worker == b.Id);
        Assert.Equal("step 1", stuck.Work);

        bench.Deal(a);
        bench.Thread.Post(new ExchangeCommand.Dismiss(b.Id, "stuck"));
        await bench.Until<ExchangeReport.EpochTrained>();
        Assert.Equal(Undisturbed, await bench.ToTheEnd(fromEpoch: 2));
    }

    [Fact]
    public async Task Half_a_frame_and_silence_blocks_nobody_is_reported_and_is_heard_when_it_goes_on()
    {
        using var bench = new Bench(Spec, silence: TimeSpan.FromMilliseconds(300));
        using var a = await bench.Connect("a");
        using var b = await bench.Connect("b");
        using var resume = new ManualResetEventSlim();
        b.InsteadOfSending = frame =>
        {
            b.SendBytes(frame.AsSpan(0, 50));
            resume.Wait(Bench.Limit);
            b.SendBytes(frame.AsSpan(50));
            b.InsteadOfSending = null;
            return true;
        };
        bench.Deal(a, b);
        _ = a.Work();
        _ = b.Work();
        await bench.Initialise();
        bench.Train(1);
        var silent = await bench.Until<ExchangeReport.Silent>(report => report.Worker == b.Id);
        Assert.True(silent.Silence >= TimeSpan.FromMilliseconds(300));

        bench.Deal(a);
        await bench.Until<ExchangeReport.EpochTrained>();

        resume.Set();
        await bench.Until<ExchangeReport.Heard>(report => report.Worker == b.Id);
        bench.Deal(a, b);
        Assert.Equal(Undisturbed, await bench.ToTheEnd(fromEpoch: 2));
        Assert.Contains(await bench.Ledger(), line => line.Slots.Any(slot => slot.Worker == "b"));   // it takes part again
    }

    public static TheoryData<string> MalformedFrames => ["flipped payload bit", "no frame at all", "a step never opened", "a frame for workers", "36 of 37 parameters"];

    [Theory]
    [MemberData(nameof(MalformedFrames))]
    public async Task Link_with_a_malformed_frame_is_closed_and_the_others_go_on(string what)
    {
        using var bench = new Bench(Spec);
        using var a = await bench.Connect("a");
        using var b = await bench.Connect("b");
        var sent = false;
        b.InsteadOfSending = frame =>
        {
            if (!sent) b.SendBytes(Malformed(what, frame));
            return sent = true;
        };
        bench.Deal(a, b);
        _ = a.Work();
        var workB = b.Work();
        await bench.Initialise();
        bench.Train(1);
        Assert.Equal(b.Id, (await bench.Until<ExchangeReport.Disconnected>()).Worker);

        bench.Deal(a);

        await bench.Until<ExchangeReport.EpochTrained>();
        Assert.Equal(Undisturbed, await bench.ToTheEnd(fromEpoch: 2));
        Assert.Null(await workB.WaitAsync(Bench.Limit));   // closed without a word
    }

    private static ReadOnlySpan<byte> Malformed(string what, byte[] sound)
    {
        var buffer = new FrameBuffer(what.StartsWith("36", StringComparison.Ordinal) ? 36 : 37);
        switch (what)
        {
            case "flipped payload bit":
                sound[^1] ^= 1;
                return sound;
            case "no frame at all": return new byte[FrameHeader.Size];
            case "a frame for workers": return buffer.Frame(new Goodbye(RunEnding.Completed, "")).Span;
            case "a step never opened":
                return buffer.Frame(new SlotGradient(Specs.First, 99, 0, 98, 3, 0, 0, 0, 0), buffer.PayloadCrc()).Span;
            default: return buffer.Frame(new SlotGradient(Specs.First, 1, 2, 0, 3, 0, 0, 0, 0), buffer.PayloadCrc()).Span;
        }
    }

    [Fact]
    public async Task Worker_that_does_not_read_blocks_nobody_and_still_gets_all_when_it_reads()
    {
        using var bench = new Bench(Large);
        using var a = await bench.Connect("a", LargeModel);
        using var slow = await bench.Connect("slow", LargeModel);
        _ = a.Work();
        bench.Deal(a);
        await bench.Initialise();
        bench.Deal(a, slow);
        bench.Train(1);   // 8 MB on their way to one that does not read
        bench.Deal(a);

        await bench.Until<ExchangeReport.EpochTrained>();

        var undisturbed = await TrainedAlone(Large, LargeModel);
        Assert.Equal(undisturbed, await bench.ParametersSha256());
        Assert.Equal(FrameType.StepOrder, slow.NextType());   // whole, with a sound checksum
    }

    [Fact]
    public async Task Worker_that_breaks_while_bytes_wait_for_it_is_reported_at_once()
    {
        using var bench = new Bench(Large);
        using var a = await bench.Connect("a", LargeModel);
        var slow = await bench.Connect("slow", LargeModel);
        _ = a.Work();
        bench.Deal(a);
        await bench.Initialise();
        bench.Deal(slow);
        bench.Train(1);
        await bench.ParametersSha256();   // an answer, so the order is on its way

        slow.Dispose();   // unread bytes make it a reset

        Assert.Equal(slow.Id, (await bench.Until<ExchangeReport.Disconnected>()).Worker);
    }

    [Fact]
    public async Task Only_worker_whose_link_is_cut_comes_back_and_goes_on_where_it_was()
    {
        using var bench = new Bench(Spec);
        using var before = await bench.Connect("a");
        var answers = 0;
        before.InsteadOfSending = frame =>
        {
            if (++answers == 6) before.Cut();
            else before.SendBytes(frame);
            return true;
        };
        bench.Deal(before);
        _ = before.Work();
        await bench.Initialise();
        bench.Train(1);
        await bench.Until<ExchangeReport.Disconnected>();
        bench.Deal();

        using var after = await bench.Connect("a");   // the same process, so the same id
        _ = after.Work();
        bench.Deal(after);

        await bench.Until<ExchangeReport.EpochTrained>();
        Assert.Equal(Undisturbed, await bench.ToTheEnd(fromEpoch: 2));
    }

    [Fact]
    public async Task Worker_that_connects_anew_before_the_break_is_known_is_given_its_slots_again()
    {
        using var bench = new Bench(Spec);
        using var before = await bench.Connect("a");
        var hung = new TaskCompletionSource();
        before.InsteadOfSending = _ => hung.TrySetResult() || true;   // says nothing any more, and its link stands
        bench.Deal(before);
        var workBefore = before.Work();
        await bench.Initialise();
        bench.Train(1);
        await hung.Task.WaitAsync(Bench.Limit);

        using var after = await bench.Connect("a");
        _ = after.Work();

        await bench.Until<ExchangeReport.EpochTrained>();
        Assert.Equal(Undisturbed, await bench.ToTheEnd(fromEpoch: 2));
        Assert.Null(await workBefore.WaitAsync(Bench.Limit));
    }

    [Fact]
    public async Task Initialiser_whose_link_is_cut_is_asked_again_when_it_comes_back()
    {
        using var bench = new Bench(Spec);
        using (var before = await bench.Connect("a"))
        {
            bench.Deal(before);
            bench.Thread.Post(new ExchangeCommand.Initialise());
            Assert.Equal(FrameType.InitialiseOrder, before.NextType());
        }
        await bench.Until<ExchangeReport.Disconnected>();
        bench.Deal();

        using var after = await bench.Connect("a");
        _ = after.Work();
        bench.Deal(after);

        await bench.Until<ExchangeReport.ModelReady>();
    }

    /// <summary>As many samples as an order takes: more than there is room for before a version where it lies.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Samples_of_somebody_who_watches_go_to_a_worker_that_lacks_the_version(bool shares)
    {
        using var bench = new Bench(Spec);
        using var a = await bench.Connect("a");
        bench.Deal(a);
        await bench.Initialise(a);
        using var b = shares ? await bench.Share("b") : await bench.Connect("b");
        bench.Deal(b);

        bench.Thread.Post(new ExchangeCommand.Forward(1, new float[ForwardOrder.ValuesMax], new TaskCompletionSource<ForwardAnswer?>()));

        Assert.Equal(FrameType.ForwardOrder, await Task.Run(b.NextType).WaitAsync(Bench.Limit));
    }

    [Fact]
    public async Task Dismissed_worker_hears_why()
    {
        using var bench = new Bench(Spec);
        using var a = await bench.Connect("a");
        bench.Thread.Post(new ExchangeCommand.Dismiss(a.Id, "not admitted"));
        Assert.Equal(new Goodbye(RunEnding.Failed, "not admitted"), await a.Work().WaitAsync(Bench.Limit));
        await bench.Until<ExchangeReport.Disconnected>(report => report.Worker == a.Id);
    }

    [Theory]
    [InlineData(2, "test")]
    [InlineData(1, "another-run")]
    public async Task Worker_of_another_incarnation_or_run_is_closed_and_nobody_is_told(long incarnation, string run)
    {
        using var bench = new Bench(Spec);
        using var other = new FakeWorker(Spec, "other", bench.Port, incarnation: new Incarnation(incarnation), run: new RunId(run));

        Assert.Null(other.NextType());

        using var a = new FakeWorker(Spec, "a", bench.Port);
        Assert.Equal(a.Id, (await bench.Until<ExchangeReport.Connected>()).Worker);
    }

    [Fact]
    public async Task Worker_that_connects_after_the_end_is_closed()
    {
        using var bench = new Bench(Spec);
        bench.Thread.Post(new ExchangeCommand.Stop(new Goodbye(RunEnding.Completed, "over")));
        Assert.True(bench.Thread.Join(Bench.Limit));

        using var late = await Task.Run(() => new FakeWorker(Spec, "late", bench.Port));

        Assert.Null(late.NextType());
    }

    /// <summary>One epoch of two steps, for models that do not fit into a socket's buffers.</summary>
    private static RunSpec Large => Specs.Small(epochs: 1) with { TrainCount = 24 };

    private const int LargeModel = 2_000_000;

    private static async Task<string> TrainedAlone(RunSpec spec, int parameterCount)
    {
        using var bench = new Bench(spec);
        using var worker = await bench.Connect("a", parameterCount);
        _ = worker.Work();
        bench.Deal(worker);
        await bench.Initialise();
        return await bench.ToTheEnd();
    }
}
