using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp.Modules;

/// <summary>[B, in] → [B, out]: x·weightᵀ + bias.</summary>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    internal Linear(long inputs, long outputs, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(Linear))
    {
        (in_features, out_features) = (inputs, outputs);
        weight = new Parameter(empty(outputs, inputs, dtype, device));
        bias = hasBias ? new Parameter(empty(outputs, dtype, device)) : null;
        nn.init.ResetLayer(weight, bias);
        register_parameter(nameof(weight), weight);
        if (bias is not null) register_parameter(nameof(bias), bias);
    }

    public Parameter weight { get; }

    public Parameter? bias { get; }

    public long in_features { get; }

    public long out_features { get; }

    public override Tensor forward(Tensor tensor) => F.linear(tensor, weight, bias);
}

/// <summary>What convolutions share: weight [out, in/groups, kernel…] and bias [out].</summary>
public abstract class Convolution : nn.Module<Tensor, Tensor>
{
    private protected Convolution(string name, long inChannels, long outChannels, long[] kernel, long groups, bool hasBias, Device? device, ScalarType? dtype)
        : base(name)
    {
        (in_channels, out_channels, kernel_size, this.groups) = (inChannels, outChannels, kernel, groups);
        weight = new Parameter(empty([outChannels, inChannels / groups, .. kernel], dtype, device));
        bias = hasBias ? new Parameter(empty(outChannels, dtype, device)) : null;
        nn.init.ResetLayer(weight, bias);
        register_parameter(nameof(weight), weight);
        if (bias is not null) register_parameter(nameof(bias), bias);
    }

    public Parameter weight { get; }

    public Parameter? bias { get; }

    public long in_channels { get; }

    public long out_channels { get; }

    public long groups { get; }

    public long[] kernel_size { get; }
}

/// <summary>[B, in, H, W] → [B, out, H′, W′], H′ = ⌊(H − k + 2p)/s⌋ + 1.</summary>
public sealed class Conv2d : Convolution
{
    private readonly long[] _stride;
    private readonly long[] _padding;
    private readonly long[] _dilation;

    internal Conv2d(
        long inChannels, long outChannels, long kernel, long stride, long padding, long dilation, long groups, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(Conv2d), inChannels, outChannels, [kernel, kernel], groups, hasBias, device, dtype) =>
        (_stride, _padding, _dilation) = ([stride, stride], [padding, padding], [dilation, dilation]);

    public override Tensor forward(Tensor input) => F.conv2d(input, weight, bias, _stride, _padding, _dilation, groups);
}

public sealed class MaxPool2d : nn.Module<Tensor, Tensor>
{
    private readonly long[]? _stride;
    private readonly long[]? _padding;
    private readonly long[]? _dilation;
    private readonly bool _ceil;

    internal MaxPool2d(long kernel, long? stride, long? padding, long? dilation, bool ceil)
        : base(nameof(MaxPool2d)) =>
        (kernel_size, _stride, _padding, _dilation, _ceil) = ([kernel, kernel], F.Twice(stride), F.Twice(padding), F.Twice(dilation), ceil);

    public long[] kernel_size { get; }

    public override Tensor forward(Tensor input) => F.max_pool2d(input, kernel_size, _stride, _padding, _dilation, _ceil);
}

public sealed class ReLU : nn.Module<Tensor, Tensor>
{
    internal ReLU()
        : base(nameof(ReLU))
    {
    }

    public override Tensor forward(Tensor tensor) => tensor.relu();
}

public sealed class Sigmoid : nn.Module<Tensor, Tensor>
{
    internal Sigmoid()
        : base(nameof(Sigmoid))
    {
    }

    public override Tensor forward(Tensor tensor) => tensor.sigmoid();
}

public sealed class Tanh : nn.Module<Tensor, Tensor>
{
    internal Tanh()
        : base(nameof(Tanh))
    {
    }

    public override Tensor forward(Tensor tensor) => tensor.tanh();
}

public sealed class Flatten : nn.Module<Tensor, Tensor>
{
    internal Flatten(long start, long end)
        : base(nameof(Flatten)) => (start_dim, end_dim) = (start, end);

    public long start_dim { get; }

    public long end_dim { get; }

    public override Tensor forward(Tensor input) => input.flatten(start_dim, end_dim);
}

/// <summary>In training, zeroes each element with probability p and scales the rest by 1/(1 − p); in evaluation, nothing.</summary>
public sealed class Dropout : nn.Module<Tensor, Tensor>
{
    internal Dropout(double p)
        : base(nameof(Dropout)) => this.p = p;

    public double p { get; }

    public override Tensor forward(Tensor tensor) => F.dropout(tensor, p, training);
}
