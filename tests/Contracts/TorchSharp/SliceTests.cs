using TorchSharp;

namespace MiniBatch.Contracts;

/// <summary>The slice against the recorded surface of TorchSharp 0.107; the genuine assembly conforms by definition.</summary>
public sealed class SliceTests
{
    [Fact]
    public void Slice_has_only_members_of_the_genuine_api() =>
        Assert.Equal("", string.Join("\n", ApiSurface.Differences(typeof(torch).Assembly, "torchsharp.txt")));
}
