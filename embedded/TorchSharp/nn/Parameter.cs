namespace TorchSharp.Modules
{
    /// <summary>A tensor that a module learns.</summary>
    public class Parameter : torch.Tensor
    {
        /// <summary>Takes over <paramref name="data"/>, which becomes invalid, and its place in its scope.</summary>
        public Parameter(torch.Tensor data, bool requires_grad = true)
            : this(data.with_requires_grad(requires_grad), data.OwningScope)
        {
        }

        private Parameter(torch.Tensor data, DisposeScope? scope)
            : base(data.Release())
        {
            DetachFromDisposeScope();
            scope?.Attach(this);
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }
}
