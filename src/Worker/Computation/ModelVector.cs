using System.Runtime.InteropServices;
using MiniBatch.Shared.DataPlane;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Computation;

/// <summary>
/// A model's parameters and buffers as one flat float32 vector, in PyTorch's order: copies in, copies gradients out. All
/// on the CPU and contiguous; disposes nothing, the model owns its tensors.
/// </summary>
public sealed class ModelVector
{
    private readonly Tensor[] _parameters;
    private readonly Tensor[] _buffers;

    /// <summary>Over a model's tensors.</summary>
    public ModelVector(nn.Module model)
    {
        var parameters = model.named_parameters().ToArray();
        var buffers = model.named_buffers().Where(buffer => buffer.buffer.dtype == ScalarType.Float32).ToArray();
        var counters = model.named_buffers().Where(buffer => buffer.buffer.dtype == ScalarType.Int64);
        Layout = new ModelLayout(
            [.. parameters.Select(p => new TensorLayout(p.name, p.parameter.shape))],
            [.. buffers.Select(b => new TensorLayout(b.name, b.buffer.shape))],
            [.. counters.Select(c => new TensorLayout(c.name, c.buffer.shape))]);
        _parameters = [.. parameters.Select(p => (Tensor)p.parameter)];
        _buffers = [.. buffers.Select(b => b.buffer)];
    }

    /// <summary>Names and shapes, in the vector's order.</summary>
    public ModelLayout Layout { get; }

    /// <summary>Takes over a version.</summary>
    /// <param name="version">float32[Layout.TotalCount].</param>
    public void Load(ReadOnlySpan<float> version)
    {
        foreach (var tensor in _parameters) version = version[CopyTo(tensor, version)..];
        LoadBuffers(version);
    }

    /// <summary>Puts the buffers back to those of a version: each slot starts from them, not from the slot before.</summary>
    /// <param name="buffers">float32[Layout.BufferCount].</param>
    public void LoadBuffers(ReadOnlySpan<float> buffers)
    {
        foreach (var tensor in _buffers) buffers = buffers[CopyTo(tensor, buffers)..];
    }

    /// <summary>Copies parameters and buffers out.</summary>
    /// <param name="version">float32[Layout.TotalCount].</param>
    public void Save(Span<float> version)
    {
        foreach (var tensor in _parameters) version = version[CopyFrom(tensor, version)..];
        foreach (var tensor in _buffers) version = version[CopyFrom(tensor, version)..];
    }

    /// <summary>Copies the gradients of the last backward pass, then the buffers, out; and clears the gradients.</summary>
    /// <param name="gradient">float32[Layout.TotalCount].</param>
    public void TakeGradient(Span<float> gradient)
    {
        foreach (var parameter in _parameters)
        {
            using var grad = parameter.grad
                ?? throw new InvalidOperationException("a parameter got no gradient: the model's forward does not use it");
            gradient = gradient[CopyFrom(grad, gradient)..];
            grad.zero_();
        }
        foreach (var tensor in _buffers) gradient = gradient[CopyFrom(tensor, gradient)..];
    }

    private static int CopyTo(Tensor tensor, ReadOnlySpan<float> source)
    {
        var target = MemoryMarshal.Cast<byte, float>(tensor.bytes);
        source[..target.Length].CopyTo(target);
        return target.Length;
    }

    private static int CopyFrom(Tensor tensor, Span<float> target)
    {
        if (!tensor.is_contiguous())
        {
            using var contiguous = tensor.contiguous();
            return CopyFrom(contiguous, target);
        }
        var source = MemoryMarshal.Cast<byte, float>(tensor.bytes);
        source.CopyTo(target);
        return source.Length;
    }
}
