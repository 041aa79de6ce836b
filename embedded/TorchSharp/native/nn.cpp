// Layers and losses as functions, and the engine's settings.
#include "shim.h"

#include <ATen/Parallel.h>
#include <torch/cuda.h>
#include <torch/version.h>

using namespace mbt;

MBT_API Handle mbt_linear(Handle x, Handle weight, Handle bias) {
    return made([&] { return at::linear(*x, *weight, or_undefined(bias)); });
}

// stride, padding, dilation: two values each.
MBT_API Handle mbt_conv2d(Handle x, Handle weight, Handle bias, const int64_t* stride, const int64_t* padding,
                          const int64_t* dilation, int64_t groups) {
    return made([&] {
        return at::conv2d(*x, *weight, or_undefined(bias), sizes(stride, 2), sizes(padding, 2), sizes(dilation, 2), groups);
    });
}

MBT_API Handle mbt_max_pool2d(Handle x, const int64_t* kernel, const int64_t* stride, const int64_t* padding,
                              const int64_t* dilation, bool ceil_mode) {
    return made([&] {
        return at::max_pool2d(*x, sizes(kernel, 2), sizes(stride, 2), sizes(padding, 2), sizes(dilation, 2), ceil_mode);
    });
}

MBT_API Handle mbt_avg_pool2d(Handle x, int64_t kernel, int64_t stride, int64_t padding, bool ceil_mode, bool count_padding) {
    return made([&] { return at::avg_pool2d(*x, {kernel, kernel}, {stride, stride}, {padding, padding}, ceil_mode, count_padding); });
}

MBT_API Handle mbt_batch_norm(Handle x, Handle weight, Handle bias, Handle mean, Handle variance, bool training,
                              double momentum, double eps) {
    return made([&] {
        return at::batch_norm(*x, or_undefined(weight), or_undefined(bias), or_undefined(mean), or_undefined(variance),
                              training, momentum, eps, at::globalContext().userEnabledCuDNN());
    });
}

MBT_API Handle mbt_dropout(Handle x, double p, bool training) {
    return made([&] { return at::dropout(*x, p, training); });
}

MBT_API Handle mbt_leaky_relu(Handle x, double slope) { return made([&] { return at::leaky_relu(*x, slope); }); }
MBT_API Handle mbt_elu(Handle x, double alpha) { return made([&] { return at::elu(*x, alpha); }); }

MBT_API Handle mbt_cross_entropy(Handle x, Handle target, Handle weight, int64_t ignore_index, int64_t reduction, double smoothing) {
    return made([&] { return at::cross_entropy_loss(*x, *target, or_undefined(weight), reduction, ignore_index, smoothing); });
}

MBT_API Handle mbt_binary_cross_entropy(Handle x, Handle target, Handle weight, int64_t reduction) {
    return made([&] { return at::binary_cross_entropy(*x, *target, or_undefined(weight), reduction); });
}

MBT_API Handle mbt_mse_loss(Handle x, Handle target, int64_t reduction) {
    return made([&] { return at::mse_loss(*x, *target, reduction); });
}

MBT_API Handle mbt_l1_loss(Handle x, Handle target, int64_t reduction) {
    return made([&] { return at::l1_loss(*x, *target, reduction); });
}

// Initialisation writes into leaves that require gradients, which autograd would refuse.
MBT_API Handle mbt_uniform_(Handle t, double low, double high) {
    return made([&] {
        at::NoGradGuard no_grad;
        return t->uniform_(low, high);
    });
}

MBT_API Handle mbt_fill_no_grad_(Handle t, double value) {
    return made([&] {
        at::NoGradGuard no_grad;
        return t->fill_(value);
    });
}

// --- engine -------------------------------------------------------------------------------------------------------

MBT_API const char* mbt_version() { return TORCH_VERSION; }
MBT_API bool mbt_manual_seed(int64_t seed) { return guarded([&] { at::manual_seed(static_cast<uint64_t>(seed)); }); }
MBT_API int32_t mbt_get_num_threads() { return at::get_num_threads(); }
MBT_API bool mbt_set_num_threads(int32_t count) { return guarded([&] { at::set_num_threads(count); }); }
MBT_API int32_t mbt_get_num_interop_threads() { return static_cast<int32_t>(at::get_num_interop_threads()); }
MBT_API bool mbt_set_num_interop_threads(int32_t count) { return guarded([&] { at::set_num_interop_threads(count); }); }

// The driver may be missing or broken where libtorch has CUDA: no devices then.
MBT_API int32_t mbt_cuda_device_count() {
    int32_t count = 0;
    guarded([&] { count = torch::cuda::is_available() ? static_cast<int32_t>(torch::cuda::device_count()) : 0; });
    return count;
}

// TF32: products of float32 rounded to 10 bits of mantissa, on GPUs that can.
MBT_API bool mbt_get_tf32_matmul() { return at::globalContext().allowTF32CuBLAS(); }
MBT_API void mbt_set_tf32_matmul(bool on) { at::globalContext().setAllowTF32CuBLAS(on); }
MBT_API bool mbt_get_tf32_cudnn() { return at::globalContext().allowTF32CuDNN(); }
MBT_API void mbt_set_tf32_cudnn(bool on) { at::globalContext().setAllowTF32CuDNN(on); }

MBT_API bool mbt_cuda_synchronize(int64_t index) { return guarded([&] { torch::cuda::synchronize(index); }); }
