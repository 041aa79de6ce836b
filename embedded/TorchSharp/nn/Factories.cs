using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>The layers, made and initialised as PyTorch makes them.</summary>
    public static partial class nn
    {
        public static Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
            new(inputSize, outputSize, hasBias, device, dtype);

        /// <exception cref="NotSupportedException">Other padding than with zeros: the slice has none.</exception>
        public static Conv2d Conv2d(
            long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long dilation = 1,
            PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
            padding_mode == PaddingModes.Zeros ? new(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, device, dtype)
            : throw new NotSupportedException("The embedded TorchSharp pads with zeros only.");

        public static MaxPool2d MaxPool2d(long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false) =>
            new(kernel_size, stride, padding, dilation, ceil_mode);

        public static BatchNorm1d BatchNorm1d(
            long num_features, double eps = 1e-5, double momentum = 0.1, bool affine = true, bool track_running_stats = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(num_features, eps, momentum, affine, track_running_stats, device, dtype);

        /// <exception cref="NotSupportedException">In place: the slice does not.</exception>
        public static Dropout Dropout(double p = 0.5, bool inplace = false) => Plain(new Dropout(p), inplace);

        /// <exception cref="NotSupportedException">In place: the slice does not.</exception>
        public static ReLU ReLU(bool inplace = false) => Plain(new ReLU(), inplace);

        public static Sigmoid Sigmoid() => new();

        public static Tanh Tanh() => new();

        public static Flatten Flatten(long start_dim = 1, long end_dim = -1) => new(start_dim, end_dim);

        public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) => new(modules);

        public static Sequential Sequential(params Module<Tensor, Tensor>[] modules) => new(modules);

        private static T Plain<T>(T module, bool inplace) =>
            inplace ? throw new NotSupportedException("The embedded TorchSharp has no in-place layers.") : module;
    }
}

/// <summary>What a convolution reads beyond the border.</summary>
public enum PaddingModes
{
    Zeros,
}
