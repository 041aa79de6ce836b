using MiniBatch.Fuzzing.Tests.Targets;
using Xunit.Abstractions;

namespace MiniBatch.Fuzzing.Tests;

/// <summary>
/// All that comes from outside, damaged in many ways: a documented error or what is right, and never another exception, a hang,
/// a wrong model, or memory beyond the limits.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int Few = 5_000;
    private const int Many = 200_000;

    private static readonly Dictionary<string, Func<FuzzTarget>> Targets = new()
    {
        ["idx images"] = () => new IdxTarget(),
        ["safetensors"] = () => new SafetensorsTarget(),
        ["picture"] = () => new PictureTarget(),
        ["config file"] = () => new ConfigFileTarget(),
        ["run spec"] = () => new RunSpecTarget(),
        ["ledger"] = () => new LedgerTarget(),
        ["checkpoint"] = () => new CheckpointTarget(),
        ["control message"] = () => new ControlMessageTarget(),
        ["data frame"] = () => new FrameTarget(),
        ["handshake"] = () => new HandshakeTarget(),
        ["http request"] = () => new HttpTarget(),
    };

    public static TheoryData<string> Names => [.. Targets.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Damaged_input_is_refused_or_read_rightly(string target) => Run(target, Few);

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Group", "Fuzz")]
    public void Much_damaged_input_is_refused_or_read_rightly(string target) => Run(target, Many);

    private void Run(string name, int inputs)
    {
        using var target = Targets[name]();
        new Fuzzer(target, output).Run(inputs);
    }
}
