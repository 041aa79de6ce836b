using System.Runtime.InteropServices;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Computation;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Tests.Computation;

/// <summary>The switches are kept by libtorch whether there is a GPU or not.</summary>
public sealed class GpuPinsTests : IDisposable
{
    public void Dispose()
    {
        (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = (false, true);
        GpuPins.TrySetDeterministicConvolutions(false);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tf32_follows_the_run_in_products_and_in_convolutions(bool isAllowed)
    {
        GpuPins.SetTf32(isAllowed);

        Assert.Equal((isAllowed, isAllowed), (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32));
    }

    [Fact]
    public void Convolutions_are_held_to_a_fixed_order_in_the_libtorch_that_is_loaded()
    {
        Assert.False(IsDeterministic());

        Assert.True(GpuPins.TrySetDeterministicConvolutions(true));

        Assert.True(IsDeterministic());
    }

    [Fact]
    public void Gpu_that_libtorch_does_not_have_is_one_line_that_says_how_many_there_are()
    {
        var gpus = cuda.is_available() ? cuda.device_count() : 0;

        var error = Assert.Throws<UserErrorException>(() => GpuPins.Apply(new DeviceRequest(DeviceKind.Cuda, gpus), allowTf32: false));

        Assert.StartsWith($"--device cuda:{gpus}: libtorch", error.Message);
        Assert.Contains("./cluster devices", error.Message);
    }

    [Fact]
    public void Worker_that_computes_the_probe_twice_is_known_by_it_only_where_both_agree()
    {
        Assert.Equal("a", Arithmetic.OfProbes("a", "a"));
        Assert.Equal(Arithmetic.Unrepeatable, Arithmetic.OfProbes("a", "b"));
    }

    /// <summary>at::Context::deterministicCuDNN() const.</summary>
    private static unsafe bool IsDeterministic()
    {
        var libtorch = Libtorch.Loaded()!.Value;
        var context = ((delegate* unmanaged<IntPtr>)NativeLibrary.GetExport(libtorch, "_ZN2at13globalContextEv"))();
        return ((delegate* unmanaged<IntPtr, byte>)NativeLibrary.GetExport(libtorch, "_ZNK2at7Context18deterministicCuDNNEv"))(context) != 0;
    }
}
