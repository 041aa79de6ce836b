using Xunit.Abstractions;
using Xunit.Sdk;

namespace MiniBatch.Fuzzing.Tests;

/// <summary>That the fuzzer finds what it looks for.</summary>
public sealed class FuzzerTests(ITestOutputHelper output)
{
    [Fact]
    public void Inputs_follow_from_their_number()
    {
        var (one, other) = (Mutator(), Mutator());

        for (var i = 0; i < 500; i++) Assert.Equal(one.Input(i), other.Input(i));
        Assert.InRange(Enumerable.Range(0, 500).Select(i => Convert.ToHexString(one.Input(i))).Distinct().Count(), 400, 500);

        static Mutator Mutator() => new([[1, 2, 3, 4, 5, 6, 7, 8], "{\"a\":1}"u8.ToArray()], 1);
    }

    [Fact]
    public void An_exception_that_is_not_documented_is_found_with_its_input() =>
        Assert.Contains("did not bear input", Failure(new Target(input => input.AsSpan().IndexOf("null"u8) >= 0 ? throw new NullReferenceException() : true)));

    [Fact]
    public void Memory_beyond_the_limit_is_found() =>
        Assert.Contains("bytes of memory", Failure(new Target(input => input.Length > 60 ? new byte[64 << 20].Length > 0 : true)));

    [Fact]
    public void A_reader_that_refuses_sound_inputs_is_found() =>
        Assert.Contains("refused sound inputs", Failure(new Target(_ => false)));

    [Fact]
    public void A_reader_that_takes_everything_is_found() => Assert.Contains("took everything", Failure(new Target(_ => true)));

    private string Failure(FuzzTarget target) => Assert.ThrowsAny<XunitException>(() => new Fuzzer(target, output).Run(2000)).Message;

    private sealed class Target(Func<byte[], bool> read) : FuzzTarget
    {
        public override string Name => "test";

        public override IReadOnlyList<byte[]> Corpus { get; } = ["{\"name\":\"worker-1\",\"count\":12}"u8.ToArray()];

        public override bool Read(byte[] input) => read(input);
    }
}
