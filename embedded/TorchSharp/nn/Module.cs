using System.Reflection;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// A layer or a network: named parameters, buffers and submodules. A derived class assigns its fields, then calls
        /// <see cref="RegisterComponents"/>; the field's name is the component's, as in PyTorch.
        /// </summary>
        public partial class Module : IDisposable
        {
            protected string name;

            private readonly List<(string Name, Module Module)> _submodules = [];
            private readonly List<(string Name, Modules.Parameter Parameter)> _parameters = [];
            private readonly List<(string Name, Tensor Buffer, bool IsPersistent)> _buffers = [];
            private bool _areComponentsRegistered;

            protected Module(string name) => this.name = name;

            /// <summary>True until <see cref="eval"/>: dropout and batch normalisation behave differently.</summary>
            public virtual bool training { get; private set; } = true;

            public virtual string GetName() => name;

            public virtual void register_module(string name, Module submodule)
            {
                if (name.Contains('.')) throw new ArgumentException($"module name can't contain \".\", got: {name}");
                RequireNew(name, _submodules.Select(known => known.Name));
                _submodules.Add((name, submodule));
            }

            public virtual void register_parameter(string name, Modules.Parameter param)
            {
                RequireNew(name, _parameters.Select(known => known.Name));
                _parameters.Add((name, param));
            }

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                RequireNew(name, _buffers.Select(known => known.Name));
                _buffers.Add((name, tensor, persistent));
            }

            /// <summary>Parameters of this module, then of its submodules in their order; each tensor once.</summary>
            public virtual IEnumerable<(string name, Modules.Parameter parameter)> named_parameters(bool recurse = true)
            {
                var own = _parameters.Select(known => (known.Name, known.Parameter));
                var below = _submodules.SelectMany(sub => sub.Module.named_parameters().Select(p => ($"{sub.Name}.{p.name}", p.parameter)));
                return (recurse ? own.Concat(below) : own).DistinctBy(p => p.Item2.Handle);
            }

            public virtual IEnumerable<Modules.Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(p => p.parameter);

            /// <summary>Buffers, such as running statistics, in the order of <see cref="named_parameters"/>.</summary>
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                var own = _buffers.Where(known => known.IsPersistent || include_nonpersistent).Select(known => (known.Name, known.Buffer));
                var below = _submodules.SelectMany(sub =>
                    sub.Module.named_buffers(true, include_nonpersistent).Select(b => ($"{sub.Name}.{b.name}", b.buffer)));
                return (recurse ? own.Concat(below) : own).DistinctBy(b => b.Item2.Handle);
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(b => b.buffer);

            public virtual IEnumerable<(string name, Module module)> named_children() => _submodules.Select(known => (known.Name, known.Module));

            public virtual IEnumerable<Module> children() => _submodules.Select(known => known.Module);

            public virtual void train(bool train = true)
            {
                training = train;
                foreach (var child in children()) child.train(train);
            }

            public virtual void eval() => train(false);

            /// <summary>Lets go of the gradients, or zeroes them in place.</summary>
            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    if (set_to_none) parameter.grad = null;
                    else ZeroGrad(parameter);
                }
            }

            /// <summary>Disposes parameters, buffers and submodules.</summary>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            internal static void ZeroGrad(Tensor parameter)
            {
                using var grad = parameter.grad;
                grad?.zero_().Dispose();
            }

            /// <summary>Moves parameters and buffers; the objects stay the same, gradients are let go of.</summary>
            internal void MoveTo(Device device)
            {
                using var none = no_grad();
                foreach (var parameter in _parameters.Select(known => known.Parameter))
                {
                    var requiresGrad = parameter.requires_grad;
                    using var data = parameter.detach();
                    parameter.Replace(data.to(device).requires_grad_(requiresGrad));
                }
                foreach (var buffer in _buffers.Select(known => known.Buffer)) buffer.Replace(buffer.to(device));
                foreach (var child in children()) child.MoveTo(device);
            }

            /// <summary>Registers the fields of this object that are modules, parameters or other tensors, by their names.</summary>
            protected virtual void RegisterComponents()
            {
                if (_areComponentsRegistered) return;
                _areComponentsRegistered = true;
                foreach (var field in GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                {
                    switch (field.GetValue(this))
                    {
                        case Module module: register_module(field.Name, module); break;
                        case Modules.Parameter parameter: register_parameter(field.Name, parameter); break;
                        case Tensor tensor: register_buffer(field.Name, tensor); break;
                    }
                }
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing) return;
                foreach (var (_, parameter) in _parameters) parameter.Dispose();
                foreach (var (_, buffer, _) in _buffers) buffer.Dispose();
                foreach (var child in children()) child.Dispose();
            }

            private static void RequireNew(string name, IEnumerable<string> known)
            {
                if (known.Contains(name)) throw new InvalidOperationException($"{name} is already registered.");
            }
        }

        /// <summary>A module whose calls can be listened to.</summary>
        public class HookableModule<TPreHook, TPostHook> : Module
        {
            private int _hooksMade;

            protected HookableModule(string name)
                : base(name)
            {
            }

            /// <summary>By key, in the order in which they were registered.</summary>
            protected Dictionary<string, TPostHook> post_hooks = [];

            /// <summary>Registers what is called after every forward pass; what it returns, unless null, is the result.</summary>
            public HookRemover register_forward_hook(TPostHook hook)
            {
                var key = $"hook{_hooksMade++}";
                post_hooks[key] = hook;
                return new HookRemover(this, key);
            }

            /// <summary>Takes a hook away again.</summary>
            public class HookRemover
            {
                private readonly HookableModule<TPreHook, TPostHook> _module;
                private readonly string _key;

                public HookRemover(HookableModule<TPreHook, TPostHook> module, string key) => (_module, _key) = (module, key);

                public void remove() => _module.post_hooks.Remove(_key);
            }
        }

        /// <summary>A module from <typeparamref name="T"/> to <typeparamref name="TResult"/>: override <see cref="forward"/>, use <see cref="call"/>.</summary>
        public abstract class Module<T, TResult> : HookableModule<Func<Module<T, TResult>, T, T>, Func<Module<T, TResult>, T, TResult, TResult>>
        {
            protected Module(string name)
                : base(name)
            {
            }

            public TResult call(T input)
            {
                var result = forward(input);
                foreach (var hook in post_hooks.Values)
                {
                    if (hook(this, input, result) is { } modified) result = modified;
                }
                return result;
            }

            public abstract TResult forward(T input);
        }
    }
}

/// <summary>What a module of any type gives back as itself.</summary>
public static class ModuleExtensionMethods
{
    public static T to<T>(this T module, torch.Device device, bool non_blocking = false)
        where T : torch.nn.Module
    {
        module.MoveTo(device);
        return module;
    }

    public static T to<T>(this T module, string device, bool non_blocking = false)
        where T : torch.nn.Module => module.to(new torch.Device(device), non_blocking);

    public static T cpu<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => module.to(torch.CPU, non_blocking);
}
