using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>Settings of libtorch in this process.</summary>
public static partial class torch
{
    /// <summary>The version of libtorch that the library was built against, "1.13.0".</summary>
    public static string __version__ => Marshal.PtrToStringUTF8(Native.mbt_version())!;

    /// <summary>Opens a scope that owns what this thread creates until it is disposed.</summary>
    public static DisposeScope NewDisposeScope() => new();

    /// <summary>Seeds the generator that the whole process shares, on every device.</summary>
    public static Generator manual_seed(long seed)
    {
        Native.Check(Native.mbt_manual_seed(seed));
        return new Generator();
    }

    /// <summary>Threads of one operation. An OpenBLAS with its own pool takes OPENBLAS_NUM_THREADS at start instead.</summary>
    public static int get_num_threads() => Native.mbt_get_num_threads();

    public static void set_num_threads(int num) => Native.Check(Native.mbt_set_num_threads(num));

    public static int get_num_interop_threads() => Native.mbt_get_num_interop_threads();

    /// <exception cref="ExternalException">Set twice, or after parallel work has begun.</exception>
    public static void set_num_interop_threads(int num) => Native.Check(Native.mbt_set_num_interop_threads(num));

    /// <summary>Autograd records nothing on this thread until the result is disposed.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    public static bool is_grad_enabled() => Native.mbt_grad_enabled();

    /// <summary>The global generator; the slice has no other.</summary>
    public class Generator : IDisposable
    {
        internal Generator()
        {
        }

        public void Dispose() => GC.SuppressFinalize(this);
    }

    public static class cuda
    {
        /// <summary>Whether libtorch has CUDA and the driver answers.</summary>
        public static bool is_available() => device_count() > 0;

        public static int device_count() => Native.mbt_cuda_device_count();

        /// <summary>Returns when the device has done what was asked of it: times of CUDA work mean nothing before.</summary>
        public static void synchronize(Device? device = null) => Native.Check(Native.mbt_cuda_synchronize(device?.index ?? -1));
    }

    /// <summary>Switches of the libraries that compute on a GPU; without one they are kept and change nothing.</summary>
    public static class backends
    {
        public static class cuda
        {
            public static class matmul
            {
                /// <summary>Whether matrix products may round their factors to TF32; off unless switched on.</summary>
                public static bool allow_tf32
                {
                    get => Native.mbt_get_tf32_matmul();
                    set => Native.mbt_set_tf32_matmul(value);
                }
            }
        }

        public static class cudnn
        {
            /// <summary>Whether convolutions may round their factors to TF32; on unless switched off.</summary>
            public static bool allow_tf32
            {
                get => Native.mbt_get_tf32_cudnn();
                set => Native.mbt_set_tf32_cudnn(value);
            }
        }
    }

    private sealed class GradMode : IDisposable
    {
        private readonly bool _before = is_grad_enabled();

        public GradMode(bool mode) => Native.mbt_set_grad_enabled(mode);

        public void Dispose() => Native.mbt_set_grad_enabled(_before);
    }
}
