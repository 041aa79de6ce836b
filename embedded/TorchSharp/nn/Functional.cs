namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>How the losses of a batch become one tensor; numbered as libtorch numbers them.</summary>
        public enum Reduction
        {
            None = 0,
            Mean = 1,
            Sum = 2,
        }

        /// <summary>Layers and losses without state of their own.</summary>
        public static class functional
        {
            /// <summary>x·weightᵀ + bias: [B, in] → [B, out].</summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => Native.mbt_linear(input, weights, bias);

            /// <summary>[B, in, H, W] → [B, out, H′, W′] with weights [out, in/groups, kH, kW].</summary>
            public static Tensor conv2d(
                Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1) =>
                Native.mbt_conv2d(input, weight, bias, strides ?? [1, 1], padding ?? [0, 0], dilation ?? [1, 1], groups);

            public static Tensor max_pool2d(
                Tensor input, long[] kernel_size, long[]? strides = null, long[]? padding = null, long[]? dilation = null, bool ceil_mode = false) =>
                Native.mbt_max_pool2d(input, kernel_size, strides ?? kernel_size, padding ?? [0, 0], dilation ?? [1, 1], ceil_mode);

            public static Tensor max_pool2d(
                Tensor input, long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false) =>
                max_pool2d(input, [kernel_size, kernel_size], Twice(stride), Twice(padding), Twice(dilation), ceil_mode);

            /// <exception cref="NotSupportedException">A divisor other than the window's size: the slice has none.</exception>
            public static Tensor avg_pool2d(
                Tensor input, long kernel_size, long? stride = null, long padding = 0, bool ceil_mode = false, bool count_include_pad = true,
                long? divisor_override = null) =>
                divisor_override is not null ? throw new NotSupportedException("The embedded TorchSharp averages over the window only.")
                : Native.mbt_avg_pool2d(input, kernel_size, stride ?? kernel_size, padding, ceil_mode, count_include_pad);

            /// <summary>Over the batch, by channel; in training it also moves the running statistics, in place.</summary>
            public static Tensor batch_norm(
                Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight = null, Tensor? bias = null,
                bool training = false, double momentum = 0.1, double eps = 1e-5) =>
                Native.mbt_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps);

            /// <exception cref="NotSupportedException">In place: the slice does not.</exception>
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                Native.mbt_dropout(OutOfPlace(input, inplace), p, training);

            /// <exception cref="NotSupportedException">In place: the slice does not.</exception>
            public static Tensor relu(Tensor x, bool inplace = false) => OutOfPlace(x, inplace).relu();

            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false) =>
                Native.mbt_leaky_relu(OutOfPlace(input, inplace), negative_slope);

            public static Tensor elu(Tensor x, double alpha, bool inplace = false) => Native.mbt_elu(OutOfPlace(x, inplace), alpha);

            public static Tensor sigmoid(Tensor x) => x.sigmoid();

            public static Tensor tanh(Tensor x, bool inplace = false) => OutOfPlace(x, inplace).tanh();

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            /// <summary>−log softmax(input)[target]: input [B, classes], target int64 [B].</summary>
            public static Tensor cross_entropy(
                Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                Native.mbt_cross_entropy(input, target, weight, ignore_index, (long)reduction, label_smoothing);

            /// <summary>Of probabilities, with each logarithm held above −100, as libtorch does.</summary>
            public static Tensor binary_cross_entropy(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean) =>
                Native.mbt_binary_cross_entropy(input, target, weight, (long)reduction);

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Native.mbt_mse_loss(input, target, (long)reduction);

            /// <summary>The mean absolute error, or the sum of the absolute errors.</summary>
            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Native.mbt_l1_loss(input, target, (long)reduction);

            internal static Tensor OutOfPlace(Tensor input, bool inplace) =>
                inplace ? throw new NotSupportedException("The embedded TorchSharp has no in-place layers.") : input;

            internal static long[]? Twice(long? value) => value is { } both ? [both, both] : null;
        }
    }
}
