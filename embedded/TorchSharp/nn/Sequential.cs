using System.Globalization;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Modules in a row, named "0", "1", … or as given.</summary>
public class Sequential : nn.Module<Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor>[] _layers;

    protected internal Sequential(params (string name, nn.Module<Tensor, Tensor> submodule)[] modules)
        : base(nameof(Sequential))
    {
        _layers = modules.Select(module => module.submodule).ToArray();
        foreach (var (name, module) in modules) register_module(name, module);
    }

    protected internal Sequential(params nn.Module<Tensor, Tensor>[] modules)
        : this(modules.Select((module, index) => (index.ToString(CultureInfo.InvariantCulture), module)).ToArray())
    {
    }

    public int Count => _layers.Length;

    public override Tensor forward(Tensor tensor)
    {
        if (_layers.Length == 0) return tensor.alias();
        var result = _layers[0].call(tensor);
        foreach (var layer in _layers.Skip(1))
        {
            // The step between two layers is nobody's: autograd holds what it needs of it.
            using var input = result;
            result = layer.call(input);
        }
        return result;
    }
}
