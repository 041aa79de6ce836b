// libtorch's own optimizers: the reference that the parameter server's are held against.
#include "shim.h"

#include <torch/optim/adam.h>
#include <torch/optim/sgd.h>

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

MBT_API bool mbt_optimizer_step(Optimizer* optimizer) {
    return guarded([&] { optimizer->step(); });
}

MBT_API bool mbt_optimizer_set_lr(Optimizer* optimizer, double lr) {
    return guarded([&] {
        for (auto& group : optimizer->param_groups()) group.options().set_lr(lr);
    });
}

MBT_API void mbt_optimizer_dispose(Optimizer* optimizer) { delete optimizer; }
