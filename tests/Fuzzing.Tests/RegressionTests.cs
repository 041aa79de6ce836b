using System.Text;
using System.Text.Json;
using MiniBatch.Fuzzing.Tests.Targets;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Fuzzing.Tests;

/// <summary>One input of each kind that a reader once did not bear.</summary>
public sealed class RegressionTests
{
    /// <summary>An IOException of BinaryReader's came through.</summary>
    [Fact]
    public void A_text_of_negative_length_in_a_control_message_is_refused()
    {
        using var target = new ControlMessageTarget();
        var message = target.Corpus[4];   // layout version, then the worker's name

        Assert.False(target.Read([message[0], message[1], 0xff, 0xff, 0xff, 0xff, 0x0f, .. message[3..]]));
    }

    /// <summary>A quarter of a gigabyte was allocated for a file of 16 bytes.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_IDX_file_that_announces_more_than_it_can_hold_takes_no_memory(bool zipped)
    {
        using var target = new IdxTarget();
        byte[] header = [0, 0, 8, 3, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 2, 0];   // 1024 × 512 × 512
        var file = zipped ? IdxTarget.Zipped(header) : header;
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.False(target.Read(file));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    /// <summary>Read, and then a division by zero, or a null where none may be.</summary>
    [Theory]
    [InlineData("\"run\":\"test\"", "\"run\":\"\"")]
    [InlineData("\"globalBatch\":16", "\"globalBatch\":0")]
    [InlineData("\"globalBatch\":16", "\"globalBatch\":51")]
    [InlineData("\"slots\":4", "\"slots\":17")]
    [InlineData("\"epochs\":2", "\"epochs\":-1")]
    [InlineData("\"evaluateEvery\":1", "\"evaluateEvery\":0")]
    [InlineData("\"testCount\":100", "\"testCount\":2147483647")]
    [InlineData("\"workload\":\"mnist-softmax\"", "\"workload\":null")]
    [InlineData("\"order\":\"shuffled\"", "\"order\":7")]
    public void A_spec_that_no_run_can_be_made_of_is_refused(string sound, string damaged)
    {
        using var target = new RunSpecTarget();
        var spec = JsonSerializer.Serialize(Specs.Small, Json.Compact);
        Assert.Contains(sound, spec, StringComparison.Ordinal);

        Assert.True(target.Read(Encoding.UTF8.GetBytes(spec)));
        Assert.False(target.Read(Encoding.UTF8.GetBytes(spec.Replace(sound, damaged, StringComparison.Ordinal))));
    }

    /// <summary>The exchange thread ended, and with it the run.</summary>
    [Theory]
    [InlineData("""{"parameters":[null],"buffers":[],"counters":[]}""")]
    [InlineData("""{"parameters":[{"name":"w","shape":null}],"buffers":[],"counters":[]}""")]
    [InlineData("""{"parameters":null,"buffers":[],"counters":[]}""")]
    [InlineData("""{"parameters":[{"name":"w","shape":[-1,-4]}],"buffers":[],"counters":[]}""")]
    [InlineData("""{"parameters":[{"name":"w","shape":[4294967296,4294967296]}],"buffers":[],"counters":[]}""")]
    [InlineData("[]")]
    public void A_layout_that_is_none_is_refused(string json) => Assert.Null(ModelLayout.Parse(json));

    /// <summary>It was gone on from, at another step or with the optimizer's state under another name.</summary>
    [Theory]
    [InlineData("stepsInEpoch\\u0022:7", "stepsInEpoch\\u0022:6")]
    [InlineData("\"version\":\"7\"", "\"version\":\"8\"")]
    [InlineData("optimizer.exp_avg_sq", "optimizer.exp_avg_sp")]
    [InlineData("\"shape\":[2,3]", "\"shape\":[3,2]")]
    public void A_checkpoint_that_says_other_things_of_its_values_is_damaged(string sound, string damaged)
    {
        using var target = new CheckpointTarget();
        var file = Encoding.Latin1.GetString(target.Corpus[0]);
        Assert.Contains(sound, file, StringComparison.Ordinal);

        Assert.False(target.Read(Encoding.Latin1.GetBytes(file.Replace(sound, damaged, StringComparison.Ordinal))));
    }

    /// <summary>A null where none may be was met by whoever read the line.</summary>
    [Theory]
    [InlineData("\"worker\":\"worker-1\"", "\"worker\":null")]
    [InlineData("\"versionCrc\":\"89abcdef\"", "\"versionCrc\":null")]
    [InlineData("\"worker\":\"worker-1\",", "")]
    [InlineData("\"versionCrc\":\"89abcdef\",", "")]
    public void A_ledger_line_that_lacks_something_is_none(string sound, string damaged)
    {
        using var target = new LedgerTarget();
        var ledger = Encoding.UTF8.GetString(target.Corpus[1]);
        Assert.Contains(sound, ledger, StringComparison.Ordinal);

        Assert.False(target.Read(target.Repaired(Encoding.UTF8.GetBytes(ledger.Replace(sound, damaged, StringComparison.Ordinal)))));
    }

    /// <summary>It was answered with "the server failed".</summary>
    [Fact]
    public void A_button_that_says_something_twice_is_refused()
    {
        using var target = new HttpTarget();
        var request = Encoding.Latin1.GetString(target.Corpus[8]);

        Assert.True(target.Read(Encoding.Latin1.GetBytes(request)));
        Assert.False(target.Read(Encoding.Latin1.GetBytes(request.Replace("{", "{\"stepsPerSecond\":1,", StringComparison.Ordinal))));
    }

    /// <summary>The proof's text has room for the names of a frame, and what is no UTF-8 takes three times its bytes once it was read.</summary>
    [Fact]
    public void A_stranger_with_long_names_is_refused_as_any()
    {
        using var target = new HandshakeTarget();

        Assert.False(target.Read(HandshakeTarget.HelloOf([.. Enumerable.Repeat((byte)0xff, 60_000)])));
    }
}
