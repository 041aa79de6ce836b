using System.Runtime.InteropServices;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using TorchSharp;

namespace MiniBatch.Worker.Computation;

/// <summary>
/// Holds a GPU's kernels to one arithmetic, as far as they can be held: a run's law holds on a GPU where its probe then repeats
/// (<see cref="Arithmetic"/>).
/// </summary>
public static unsafe class GpuPins
{
    /// <summary>Checks that libtorch has the GPU, and sets what its kernels may do.</summary>
    /// <param name="device">A GPU, by its number.</param>
    /// <param name="allowTf32">Whether products may be rounded to TF32.</param>
    /// <exception cref="UserErrorException">libtorch does not have it.</exception>
    public static void Apply(DeviceRequest device, bool allowTf32)
    {
        var gpus = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (device.Index >= gpus)
        {
            throw new UserErrorException(
                $"--device {device}: libtorch {torch.__version__} sees {(gpus == 1 ? "1 GPU" : $"{gpus} GPUs")} here;"
                + " ./cluster devices says what a worker can compute on");
        }
        SetTf32(allowTf32);
        if (!TrySetDeterministicConvolutions(true))
            NodeEvents.KernelsNotPinned.Write("cuDNN can't be held to deterministic convolutions here: this libtorch has no such switch where it was looked for");
    }

    /// <summary>By default cuDNN may round to TF32, cuBLAS may not: both follow the run.</summary>
    public static void SetTf32(bool isAllowed)
    {
        torch.backends.cuda.matmul.allow_tf32 = isAllowed;
        torch.backends.cudnn.allow_tf32 = isAllowed;
    }

    /// <summary>
    /// Has cuDNN take only convolutions that add in a fixed order: <c>torch.backends.cudnn.deterministic</c> of PyTorch, which
    /// TorchSharp 0.107 lacks (its <c>use_deterministic_algorithms</c> is not implemented either). So the C++ function behind it is
    /// called, in the libtorch that this process has loaded; where it is not found, nothing happens.
    /// </summary>
    /// <returns>Whether it was found.</returns>
    public static bool TrySetDeterministicConvolutions(bool isRequired)
    {
        if (Libtorch.Loaded() is not { } libtorch
            || !NativeLibrary.TryGetExport(libtorch, "_ZN2at13globalContextEv", out var globalContext)                   // at::globalContext()
            || !NativeLibrary.TryGetExport(libtorch, "_ZN2at7Context21setDeterministicCuDNNEb", out var setDeterministic))  // at::Context::setDeterministicCuDNN(bool)
            return false;
        var context = ((delegate* unmanaged<IntPtr>)globalContext)();
        ((delegate* unmanaged<IntPtr, byte, void>)setDeterministic)(context, isRequired ? (byte)1 : (byte)0);
        return true;
    }
}
