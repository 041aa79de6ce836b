using TorchSharp.Modules;

namespace TorchSharp
{
    public static partial class torch
    {
        /// <summary>libtorch's own optimizers.</summary>
        public static class optim
        {
            public static SGD SGD(
                IEnumerable<Parameter> parameters, double learningRate, double momentum = 0, double dampening = 0, double weight_decay = 0,
                bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);

            public static Adam Adam(
                IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8,
                double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            public static AdamW AdamW(
                IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8,
                double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            public static Adagrad Adagrad(
                IEnumerable<Parameter> parameters, double lr = 0.01, double lr_decay = 0, double weight_decay = 0,
                double initial_accumulator_value = 0, double eps = 1e-10) =>
                new(parameters, lr, lr_decay, weight_decay, initial_accumulator_value, eps);

            public static RMSProp RMSProp(
                IEnumerable<Parameter> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0,
                double momentum = 0, bool centered = false, bool maximize = false) =>
                new(parameters, lr, alpha, eps, weight_decay, momentum, centered, maximize);

            /// <summary>What a schedule sets.</summary>
            public interface ILearningRateController
            {
                double LearningRate { get; set; }
            }

            /// <summary>Moves parameters against their gradients. It does not own them: they outlive it.</summary>
            public abstract class Optimizer : IDisposable
            {
                private readonly Parameter[] _parameters;
                private readonly ParamGroup _group;
                private IntPtr _handle;

                private protected Optimizer(IEnumerable<Parameter> parameters, double learningRate, bool maximize, Func<IntPtr[], IntPtr> make)
                {
                    if (maximize) throw new NotSupportedException("The embedded TorchSharp minimises only.");
                    _parameters = parameters.ToArray();
                    _handle = make(_parameters.Select(parameter => parameter.Handle).ToArray());
                    if (_handle == IntPtr.Zero) throw Native.Error();
                    _group = new ParamGroup(learningRate, rate => Native.Check(Native.mbt_optimizer_set_lr(Handle, rate)));
                }

                ~Optimizer() => Dispose(false);

                /// <summary>The one group of this optimizer, for its learning rate.</summary>
                public virtual IEnumerable<ILearningRateController> ParamGroups => [_group];

                private IntPtr Handle => _handle != IntPtr.Zero ? _handle : throw new ObjectDisposedException(GetType().Name);

                public virtual IEnumerable<Parameter> parameters() => _parameters;

                /// <summary>Zeroes the gradients in place.</summary>
                public virtual void zero_grad()
                {
                    foreach (var parameter in _parameters) nn.Module.ZeroGrad(parameter);
                }

                /// <summary>One update; parameters without a gradient stay.</summary>
                /// <returns>What <paramref name="closure"/>, called first, returned.</returns>
                public virtual Tensor? step(Func<Tensor>? closure = null)
                {
                    var loss = closure?.Invoke();
                    Native.Check(Native.mbt_optimizer_step(Handle));
                    GC.KeepAlive(this);
                    return loss;
                }

                public void Dispose()
                {
                    Dispose(true);
                    GC.SuppressFinalize(this);
                }

                protected virtual void Dispose(bool disposing)
                {
                    var handle = Interlocked.Exchange(ref _handle, IntPtr.Zero);
                    if (handle != IntPtr.Zero) Native.mbt_optimizer_dispose(handle);
                }
            }
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Parameters that share a learning rate.</summary>
    public class ParamGroup : torch.optim.ILearningRateController
    {
        private readonly Action<double> _set;
        private double _rate;

        internal ParamGroup(double rate, Action<double> set) => (_rate, _set) = (rate, set);

        public double LearningRate
        {
            get => _rate;
            set
            {
                _set(value);
                _rate = value;
            }
        }
    }

    /// <summary>Stochastic gradient descent: v ← μv + (1 − dampening)·g, w ← w − lr·v.</summary>
    public class SGD : torch.optim.Optimizer
    {
        public SGD(
            IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0,
            bool nesterov = false, bool maximize = false)
            : base(parameters, lr, maximize, handles => Native.mbt_sgd(handles, handles.Length, lr, momentum, dampening, weight_decay, nesterov))
        {
        }
    }

    /// <summary>Adam (Kingma and Ba 2015); weight decay is added to the gradient.</summary>
    public class Adam : torch.optim.Optimizer
    {
        public Adam(
            IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8,
            double weight_decay = 0, bool amsgrad = false, bool maximize = false)
            : base(parameters, lr, maximize, handles => Native.mbt_adam(handles, handles.Length, lr, beta1, beta2, eps, weight_decay, amsgrad))
        {
        }
    }

    /// <summary>Adam whose weight decay shrinks the weights themselves (Loshchilov and Hutter 2019).</summary>
    public class AdamW : torch.optim.Optimizer
    {
        internal AdamW(
            IEnumerable<Parameter> parameters, double lr, double beta1, double beta2, double eps, double weight_decay, bool amsgrad, bool maximize)
            : base(parameters, lr, maximize, handles => Native.mbt_adamw(handles, handles.Length, lr, beta1, beta2, eps, weight_decay, amsgrad))
        {
        }
    }

    /// <summary>AdaGrad (Duchi, Hazan and Singer 2011); weight decay is added to the gradient.</summary>
    public class Adagrad : torch.optim.Optimizer
    {
        internal Adagrad(
            IEnumerable<Parameter> parameters, double lr, double lr_decay, double weight_decay, double initial_accumulator_value, double eps)
            : base(parameters, lr, maximize: false, handles => Native.mbt_adagrad(
                handles, handles.Length, lr, lr_decay, weight_decay, initial_accumulator_value, eps))
        {
        }
    }

    /// <summary>RMSProp (Tieleman and Hinton 2012); weight decay is added to the gradient.</summary>
    public class RMSProp : torch.optim.Optimizer
    {
        internal RMSProp(
            IEnumerable<Parameter> parameters, double lr, double alpha, double eps, double weight_decay, double momentum, bool centered, bool maximize)
            : base(parameters, lr, maximize, handles => Native.mbt_rmsprop(
                handles, handles.Length, lr, alpha, eps, weight_decay, momentum, centered))
        {
        }
    }
}
