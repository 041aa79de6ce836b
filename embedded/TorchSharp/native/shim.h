// The C boundary between the managed slice and libtorch.
//
// Handles are boxed at::Tensor references: whoever receives one disposes it with mbt_dispose. A C++ exception never
// crosses the boundary: a function that makes a tensor returns null, any other that can fail returns false, and
// mbt_error() of the same thread then has libtorch's message.
#pragma once

#include <ATen/ATen.h>
#include <atomic>
#include <cstdint>
#include <string>

#define MBT_API extern "C" __attribute__((visibility("default")))

using Handle = at::Tensor*;

// Blittable twin of the managed Scalar: kind 0 floating, 1 integer, 2 boolean.
struct ScalarValue {
    double real;
    int64_t integer;
    int64_t kind;

    at::Scalar get() const {
        return kind == 0 ? at::Scalar(real) : kind == 1 ? at::Scalar(integer) : at::Scalar(integer != 0);
    }
};

// Type and place of a tensor; dtype −1 leaves it to libtorch.
struct Options {
    int32_t dtype;
    int32_t device_type;
    int32_t device_index;
    int32_t requires_grad;

    at::TensorOptions get() const {
        auto options = at::TensorOptions().device(
            at::Device(static_cast<at::DeviceType>(device_type), static_cast<at::DeviceIndex>(device_index)));
        if (dtype >= 0) options = options.dtype(static_cast<at::ScalarType>(dtype));
        return options;
    }
};

namespace mbt {

extern thread_local std::string last_error;
extern std::atomic<int64_t> live;

inline Handle box(at::Tensor tensor) {
    auto* handle = new at::Tensor(std::move(tensor));
    live.fetch_add(1, std::memory_order_relaxed);
    return handle;
}

// Runs what may throw; false with the message kept for mbt_error.
template <class Body>
bool guarded(Body&& body) noexcept {
    try {
        body();
        return true;
    } catch (const c10::Error& error) {
        last_error = error.what_without_backtrace();
    } catch (const std::exception& error) {
        last_error = error.what();
    } catch (...) {
        last_error = "unknown native exception";
    }
    return false;
}

template <class Body>
Handle made(Body&& body) noexcept {
    Handle result = nullptr;
    guarded([&] { result = box(body()); });
    return result;
}

inline at::Tensor or_undefined(Handle handle) { return handle ? *handle : at::Tensor(); }

// Factories leave requires_grad to here: at:: factories, unlike torch:: ones, refuse it as an option.
inline at::Tensor with_grad(at::Tensor tensor, const Options& options) {
    if (options.requires_grad) tensor.set_requires_grad(true);
    return tensor;
}

inline at::IntArrayRef sizes(const int64_t* values, int32_t count) {
    return at::IntArrayRef(values, static_cast<size_t>(count));
}

}  // namespace mbt
