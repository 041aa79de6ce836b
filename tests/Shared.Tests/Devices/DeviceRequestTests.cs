using MiniBatch.Shared.Devices;

namespace MiniBatch.Shared.Tests.Devices;

public sealed class DeviceRequestTests
{
    [Theory]
    [InlineData("auto", DeviceKind.Auto, null, false)]
    [InlineData("cpu", DeviceKind.Cpu, null, true)]
    [InlineData("cuda", DeviceKind.Cuda, null, false)]
    [InlineData("cuda:0", DeviceKind.Cuda, 0, true)]
    [InlineData("cuda:12", DeviceKind.Cuda, 12, true)]
    public void Words_are_read_and_written_as_typed(string text, DeviceKind kind, int? index, bool isOne)
    {
        Assert.True(DeviceRequest.TryParse(text.ToUpperInvariant(), out var request));

        Assert.Equal((kind, index, isOne, text), (request.Kind, request.Index, request.IsOne, request.ToString()));
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:x")]
    [InlineData("cuda:1:2")]
    [InlineData("cpu:0")]
    [InlineData("cuda:99999999999")]
    [InlineData("")]
    public void Anything_else_is_no_device(string text) => Assert.False(DeviceRequest.TryParse(text, out _));
}
