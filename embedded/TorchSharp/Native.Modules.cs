using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>The functions behind layers, losses, optimizers and the engine's settings.</summary>
internal static unsafe partial class Native
{
    [LibraryImport(Library)] public static partial torch.Tensor mbt_linear(torch.Tensor x, torch.Tensor weight, torch.Tensor? bias);
    [LibraryImport(Library)]
    public static partial torch.Tensor mbt_conv2d(
        torch.Tensor x, torch.Tensor weight, torch.Tensor? bias,
        ReadOnlySpan<long> stride, ReadOnlySpan<long> padding, ReadOnlySpan<long> dilation, long groups);
    [LibraryImport(Library)]
    public static partial torch.Tensor mbt_max_pool2d(
        torch.Tensor x, ReadOnlySpan<long> kernel, ReadOnlySpan<long> stride, ReadOnlySpan<long> padding, ReadOnlySpan<long> dilation, Flag ceilMode);
    [LibraryImport(Library)]
    public static partial torch.Tensor mbt_batch_norm(
        torch.Tensor x, torch.Tensor? weight, torch.Tensor? bias, torch.Tensor? mean, torch.Tensor? variance, Flag training, double momentum, double eps);
    [LibraryImport(Library)]
    public static partial torch.Tensor mbt_avg_pool2d(torch.Tensor x, long kernel, long stride, long padding, Flag ceilMode, Flag countPadding);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_leaky_relu(torch.Tensor x, double slope);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_elu(torch.Tensor x, double alpha);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_dropout(torch.Tensor x, double p, Flag training);
    [LibraryImport(Library)]
    public static partial torch.Tensor mbt_cross_entropy(
        torch.Tensor x, torch.Tensor target, torch.Tensor? weight, long ignoreIndex, long reduction, double smoothing);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_binary_cross_entropy(torch.Tensor x, torch.Tensor target, torch.Tensor? weight, long reduction);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_mse_loss(torch.Tensor x, torch.Tensor target, long reduction);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_l1_loss(torch.Tensor x, torch.Tensor target, long reduction);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_uniform_(torch.Tensor t, double low, double high);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_fill_no_grad_(torch.Tensor t, double value);

    // Optimizers: null when libtorch refused the options.
    [LibraryImport(Library)]
    public static partial IntPtr mbt_sgd(
        ReadOnlySpan<IntPtr> parameters, int count, double lr, double momentum, double dampening, double weightDecay, Flag nesterov);
    [LibraryImport(Library)]
    public static partial IntPtr mbt_adam(
        ReadOnlySpan<IntPtr> parameters, int count, double lr, double beta1, double beta2, double eps, double weightDecay, Flag amsgrad);
    [LibraryImport(Library)]
    public static partial IntPtr mbt_adamw(
        ReadOnlySpan<IntPtr> parameters, int count, double lr, double beta1, double beta2, double eps, double weightDecay, Flag amsgrad);
    [LibraryImport(Library)]
    public static partial IntPtr mbt_adagrad(
        ReadOnlySpan<IntPtr> parameters, int count, double lr, double lrDecay, double weightDecay, double initialAccumulator, double eps);
    [LibraryImport(Library)]
    public static partial IntPtr mbt_rmsprop(
        ReadOnlySpan<IntPtr> parameters, int count, double lr, double alpha, double eps, double weightDecay, double momentum, Flag centered);
    [LibraryImport(Library)] public static partial Flag mbt_clip_grad_norm(ReadOnlySpan<IntPtr> parameters, int count, double maxNorm, double normType, out double norm);
    [LibraryImport(Library)] public static partial Flag mbt_clip_grad_value(ReadOnlySpan<IntPtr> parameters, int count, double clipValue);
    [LibraryImport(Library)] public static partial Flag mbt_optimizer_step(IntPtr optimizer);
    [LibraryImport(Library)] public static partial Flag mbt_optimizer_set_lr(IntPtr optimizer, double lr);
    [LibraryImport(Library)] public static partial void mbt_optimizer_dispose(IntPtr optimizer);

    // Engine.
    [LibraryImport(Library)] public static partial IntPtr mbt_version();
    [LibraryImport(Library)] public static partial Flag mbt_manual_seed(long seed);
    [LibraryImport(Library)] public static partial int mbt_get_num_threads();
    [LibraryImport(Library)] public static partial Flag mbt_set_num_threads(int count);
    [LibraryImport(Library)] public static partial int mbt_get_num_interop_threads();
    [LibraryImport(Library)] public static partial Flag mbt_set_num_interop_threads(int count);
    [LibraryImport(Library)] public static partial int mbt_cuda_device_count();
    [LibraryImport(Library)] public static partial Flag mbt_get_tf32_matmul();
    [LibraryImport(Library)] public static partial void mbt_set_tf32_matmul(Flag on);
    [LibraryImport(Library)] public static partial Flag mbt_get_tf32_cudnn();
    [LibraryImport(Library)] public static partial void mbt_set_tf32_cudnn(Flag on);
    [LibraryImport(Library)] public static partial Flag mbt_cuda_synchronize(long index);
}
