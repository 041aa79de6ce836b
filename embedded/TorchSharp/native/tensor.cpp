// Tensors: making them, reading them, element-wise and matrix operations, autograd.
#include "shim.h"

using namespace mbt;

thread_local std::string mbt::last_error;
std::atomic<int64_t> mbt::live{0};

MBT_API const char* mbt_error() { return last_error.c_str(); }
MBT_API int64_t mbt_live() { return live.load(std::memory_order_relaxed); }

MBT_API void mbt_dispose(Handle handle) {
    live.fetch_sub(1, std::memory_order_relaxed);
    delete handle;
}

// --- making -------------------------------------------------------------------------------------------------------

MBT_API Handle mbt_full(const int64_t* size, int32_t dims, ScalarValue value, Options o) {
    return made([&] { return with_grad(at::full(sizes(size, dims), value.get(), o.get()), o); });
}

MBT_API Handle mbt_empty(const int64_t* size, int32_t dims, Options o) {
    return made([&] { return with_grad(at::empty(sizes(size, dims), o.get()), o); });
}

MBT_API Handle mbt_rand(const int64_t* size, int32_t dims, Options o) {
    return made([&] { return with_grad(at::rand(sizes(size, dims), o.get()), o); });
}

MBT_API Handle mbt_randn(const int64_t* size, int32_t dims, Options o) {
    return made([&] { return with_grad(at::randn(sizes(size, dims), o.get()), o); });
}

MBT_API Handle mbt_arange(ScalarValue start, ScalarValue stop, ScalarValue step, Options o) {
    return made([&] { return with_grad(at::arange(start.get(), stop.get(), step.get(), o.get()), o); });
}

// A copy of the caller's CPU memory.
MBT_API Handle mbt_from_copy(void* data, int32_t dtype, const int64_t* size, int32_t dims, Options o) {
    return made([&] {
        auto view = at::from_blob(data, sizes(size, dims), at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)));
        return with_grad(view.to(o.get(), /*non_blocking=*/false, /*copy=*/true), o);
    });
}

// Shares the caller's CPU memory; release(context) is called once, when nothing refers to the memory any more.
MBT_API Handle mbt_from_blob(void* data, const int64_t* size, int32_t dims, void (*release)(void*), void* context, Options o) {
    return made([&] { return with_grad(at::from_blob(data, sizes(size, dims), [=](void*) { release(context); }, o.get()), o); });
}

// --- reading ------------------------------------------------------------------------------------------------------

MBT_API int64_t mbt_dim(Handle t) { return t->dim(); }
MBT_API int64_t mbt_numel(Handle t) { return t->numel(); }
MBT_API int64_t mbt_element_size(Handle t) { return static_cast<int64_t>(t->element_size()); }
MBT_API int32_t mbt_dtype(Handle t) { return static_cast<int32_t>(t->scalar_type()); }
MBT_API int32_t mbt_device_type(Handle t) { return static_cast<int32_t>(t->device().type()); }
MBT_API int32_t mbt_device_index(Handle t) { return t->device().index(); }
MBT_API const int64_t* mbt_sizes(Handle t) { return t->sizes().data(); }
MBT_API bool mbt_is_contiguous(Handle t) { return t->is_contiguous(); }
MBT_API bool mbt_is_leaf(Handle t) { return t->is_leaf(); }
MBT_API bool mbt_requires_grad(Handle t) { return t->requires_grad(); }
MBT_API void* mbt_data(Handle t) { return t->data_ptr(); }

MBT_API bool mbt_item(Handle t, double* real, int64_t* integer) {
    return guarded([&] {
        auto value = t->item();
        *real = value.toDouble();
        *integer = value.isFloatingPoint() ? 0 : value.toLong();
    });
}

MBT_API bool mbt_equal(Handle a, Handle b, bool* result) {
    return guarded([&] { *result = a->sizes() == b->sizes() && at::equal(*a, *b); });
}

// --- autograd -----------------------------------------------------------------------------------------------------

MBT_API bool mbt_set_requires_grad(Handle t, bool on) {
    return guarded([&] { t->requires_grad_(on); });
}

// Null without an error when there is no gradient.
MBT_API bool mbt_grad(Handle t, Handle* result) {
    return guarded([&] {
        const auto& grad = t->grad();
        *result = grad.defined() ? box(grad) : nullptr;
    });
}

MBT_API bool mbt_set_grad(Handle t, Handle grad) {
    return guarded([&] { t->mutable_grad() = or_undefined(grad); });
}

MBT_API bool mbt_backward(Handle t) {
    return guarded([&] { t->backward(); });
}

MBT_API Handle mbt_detach(Handle t) { return made([&] { return t->detach(); }); }
MBT_API bool mbt_grad_enabled() { return at::GradMode::is_enabled(); }
MBT_API void mbt_set_grad_enabled(bool on) { at::GradMode::set_enabled(on); }

// --- shape and place ----------------------------------------------------------------------------------------------

MBT_API Handle mbt_alias(Handle t) { return made([&] { return *t; }); }
MBT_API Handle mbt_clone(Handle t) { return made([&] { return t->clone(); }); }
MBT_API Handle mbt_contiguous(Handle t) { return made([&] { return t->contiguous(); }); }
MBT_API Handle mbt_view(Handle t, const int64_t* size, int32_t dims) { return made([&] { return t->view(sizes(size, dims)); }); }
MBT_API Handle mbt_reshape(Handle t, const int64_t* size, int32_t dims) { return made([&] { return t->reshape(sizes(size, dims)); }); }
MBT_API Handle mbt_flatten(Handle t, int64_t start, int64_t end) { return made([&] { return t->flatten(start, end); }); }
MBT_API Handle mbt_unsqueeze(Handle t, int64_t dim) { return made([&] { return t->unsqueeze(dim); }); }
MBT_API Handle mbt_transpose(Handle t, int64_t dim0, int64_t dim1) { return made([&] { return t->transpose(dim0, dim1); }); }
MBT_API Handle mbt_permute(Handle t, const int64_t* dims, int32_t count) { return made([&] { return t->permute(sizes(dims, count)); }); }
MBT_API Handle mbt_t(Handle t) { return made([&] { return t->t(); }); }
MBT_API Handle mbt_select(Handle t, int64_t dim, int64_t index) { return made([&] { return t->select(dim, index); }); }
MBT_API Handle mbt_narrow(Handle t, int64_t dim, int64_t start, int64_t length) { return made([&] { return t->narrow(dim, start, length); }); }
MBT_API Handle mbt_slice(Handle t, int64_t dim, int64_t start, int64_t end, int64_t step) { return made([&] { return t->slice(dim, start, end, step); }); }
MBT_API Handle mbt_index_select(Handle t, int64_t dim, Handle index) { return made([&] { return t->index_select(dim, *index); }); }

MBT_API Handle mbt_to(Handle t, Options o, bool non_blocking, bool copy) {
    return made([&] { return t->to(o.get(), non_blocking, copy); });
}

// Page-locked host memory, which a GPU reads and writes by itself; an error where there is none.
MBT_API Handle mbt_pin_memory(Handle t) { return made([&] { return t->pin_memory(); }); }
MBT_API bool mbt_is_pinned(Handle t) { return t->is_pinned(); }

// The memory, sizes and strides of another tensor.
MBT_API Handle mbt_set_(Handle t, Handle source) { return made([&] { return t->set_(*source); }); }

// --- arithmetic ---------------------------------------------------------------------------------------------------

#define UNARY(name) \
    MBT_API Handle mbt_##name(Handle t) { return made([&] { return t->name(); }); }
UNARY(abs) UNARY(exp) UNARY(log) UNARY(neg) UNARY(relu) UNARY(sigmoid) UNARY(sqrt) UNARY(square) UNARY(tanh) UNARY(mean) UNARY(max) UNARY(zero_)

// op(tensor, tensor) and op(tensor, scalar), out of place and in place.
#define BINARY(name) \
    MBT_API Handle mbt_##name(Handle a, Handle b) { return made([&] { return a->name(*b); }); } \
    MBT_API Handle mbt_##name##_scalar(Handle a, ScalarValue b) { return made([&] { return a->name(b.get()); }); }
BINARY(add) BINARY(sub) BINARY(mul) BINARY(div) BINARY(add_) BINARY(sub_) BINARY(mul_) BINARY(div_) BINARY(pow) BINARY(eq) BINARY(ne) BINARY(gt)

MBT_API Handle mbt_add_scaled(Handle a, Handle b, ScalarValue alpha) { return made([&] { return a->add(*b, alpha.get()); }); }
MBT_API Handle mbt_add_scaled_(Handle a, Handle b, ScalarValue alpha) { return made([&] { return a->add_(*b, alpha.get()); }); }
MBT_API Handle mbt_rsub_scalar(Handle a, ScalarValue b) { return made([&] { return at::rsub(*a, b.get()); }); }
MBT_API Handle mbt_rdiv_scalar(Handle a, ScalarValue b) { return made([&] { return a->reciprocal().mul(b.get()); }); }
MBT_API Handle mbt_matmul(Handle a, Handle b) { return made([&] { return a->matmul(*b); }); }
MBT_API Handle mbt_maximum(Handle a, Handle b) { return made([&] { return a->maximum(*b); }); }
MBT_API Handle mbt_mm(Handle a, Handle b) { return made([&] { return a->mm(*b); }); }
MBT_API Handle mbt_copy_(Handle to, Handle from, bool non_blocking) { return made([&] { return to->copy_(*from, non_blocking); }); }
MBT_API Handle mbt_fill_(Handle t, ScalarValue value) { return made([&] { return t->fill_(value.get()); }); }

// --- reductions (dtype −1: libtorch's choice) ---------------------------------------------------------------------

// The name of libtorch's optional changed between versions; TensorOptions knows the right one.
static auto type_or_none(int32_t dtype) {
    auto options = at::TensorOptions();
    if (dtype >= 0) options = options.dtype(static_cast<at::ScalarType>(dtype));
    return c10::optTypeMetaToScalarType(options.dtype_opt());
}

MBT_API Handle mbt_sum(Handle t, int32_t dtype) { return made([&] { return t->sum(type_or_none(dtype)); }); }

MBT_API Handle mbt_sum_dims(Handle t, const int64_t* dims, int32_t count, bool keepdim, int32_t dtype) {
    return made([&] { return t->sum(sizes(dims, count), keepdim, type_or_none(dtype)); });
}

MBT_API Handle mbt_mean_dims(Handle t, const int64_t* dims, int32_t count, bool keepdim, int32_t dtype) {
    return made([&] { return t->mean(sizes(dims, count), keepdim, type_or_none(dtype)); });
}

MBT_API bool mbt_max_dim(Handle t, int64_t dim, bool keepdim, Handle* values, Handle* indices) {
    return guarded([&] {
        auto [value, index] = t->max(dim, keepdim);
        *values = box(value);
        *indices = box(index);
    });
}

MBT_API Handle mbt_argmax(Handle t) { return made([&] { return t->argmax(); }); }
MBT_API Handle mbt_argmax_dim(Handle t, int64_t dim, bool keepdim) { return made([&] { return t->argmax(dim, keepdim); }); }
MBT_API Handle mbt_softmax(Handle t, int64_t dim, int32_t dtype) { return made([&] { return t->softmax(dim, type_or_none(dtype)); }); }
MBT_API Handle mbt_log_softmax(Handle t, int64_t dim, int32_t dtype) { return made([&] { return t->log_softmax(dim, type_or_none(dtype)); }); }
