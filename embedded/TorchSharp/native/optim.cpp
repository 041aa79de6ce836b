// libtorch's own optimizers and clipping: the reference that the parameter server's are held against.
#include "shim.h"

#include <torch/optim/adagrad.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/rmsprop.h>
#include <torch/optim/sgd.h>
// Needs what those include.
#include <torch/nn/utils/clip_grad.h>

using namespace mbt;
using Optimizer = torch::optim::Optimizer;

static std::vector<at::Tensor> list(const Handle* parameters, int32_t count) {
    std::vector<at::Tensor> tensors;
    for (int32_t i = 0; i < count; i++) tensors.push_back(*parameters[i]);
    return tensors;
}

MBT_API Optimizer* mbt_sgd(const Handle* parameters, int32_t count, double lr, double momentum, double dampening,
                           double weight_decay, bool nesterov) {
    Optimizer* made = nullptr;
    guarded([&] {
        made = new torch::optim::SGD(list(parameters, count), torch::optim::SGDOptions(lr).momentum(momentum)
            .dampening(dampening).weight_decay(weight_decay).nesterov(nesterov));
    });
    return made;
}

MBT_API Optimizer* mbt_adam(const Handle* parameters, int32_t count, double lr, double beta1, double beta2, double eps,
                            double weight_decay, bool amsgrad) {
    Optimizer* made = nullptr;
    guarded([&] {
        made = new torch::optim::Adam(list(parameters, count), torch::optim::AdamOptions(lr)
            .betas(std::make_tuple(beta1, beta2)).eps(eps).weight_decay(weight_decay).amsgrad(amsgrad));
    });
    return made;
}

MBT_API Optimizer* mbt_adamw(const Handle* parameters, int32_t count, double lr, double beta1, double beta2, double eps,
                             double weight_decay, bool amsgrad) {
    Optimizer* made = nullptr;
    guarded([&] {
        made = new torch::optim::AdamW(list(parameters, count), torch::optim::AdamWOptions(lr)
            .betas(std::make_tuple(beta1, beta2)).eps(eps).weight_decay(weight_decay).amsgrad(amsgrad));
    });
    return made;
}

MBT_API Optimizer* mbt_adagrad(const Handle* parameters, int32_t count, double lr, double lr_decay, double weight_decay,
                               double initial_accumulator, double eps) {
    Optimizer* made = nullptr;
    guarded([&] {
        made = new torch::optim::Adagrad(list(parameters, count), torch::optim::AdagradOptions(lr).lr_decay(lr_decay)
            .weight_decay(weight_decay).initial_accumulator_value(initial_accumulator).eps(eps));
    });
    return made;
}

MBT_API Optimizer* mbt_rmsprop(const Handle* parameters, int32_t count, double lr, double alpha, double eps,
                               double weight_decay, double momentum, bool centered) {
    Optimizer* made = nullptr;
    guarded([&] {
        made = new torch::optim::RMSprop(list(parameters, count), torch::optim::RMSpropOptions(lr).alpha(alpha).eps(eps)
            .weight_decay(weight_decay).momentum(momentum).centered(centered));
    });
    return made;
}

MBT_API bool mbt_clip_grad_norm(const Handle* parameters, int32_t count, double max_norm, double norm_type, double* norm) {
    return guarded([&] { *norm = torch::nn::utils::clip_grad_norm_(list(parameters, count), max_norm, norm_type); });
}

MBT_API bool mbt_clip_grad_value(const Handle* parameters, int32_t count, double clip_value) {
    return guarded([&] { torch::nn::utils::clip_grad_value_(list(parameters, count), clip_value); });
}

MBT_API bool mbt_optimizer_step(Optimizer* optimizer) {
    return guarded([&] { optimizer->step(); });
}

MBT_API bool mbt_optimizer_set_lr(Optimizer* optimizer, double lr) {
    return guarded([&] {
        for (auto& group : optimizer->param_groups()) group.options().set_lr(lr);
    });
}

MBT_API void mbt_optimizer_dispose(Optimizer* optimizer) { delete optimizer; }
