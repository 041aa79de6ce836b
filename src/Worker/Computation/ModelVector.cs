using System.Runtime.InteropServices;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Workloads;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Computation;

/// <summary>The vector of a model on the CPU: its tensors' own memory is read and written.</summary>
public sealed class ModelVector : IModelVector
{
    private readonly Objective _objective;
    private readonly Tensor[] _parameters;
    private readonly Tensor[] _buffers;
    private readonly float[] _buffersOfVersion;
    private readonly List<PassScore> _scores = [];

    /// <summary>Over a model's tensors, all contiguous; the model owns them.</summary>
    /// <param name="model">On the CPU.</param>
    /// <param name="objective">Says what of its outputs is correct.</param>
    public ModelVector(nn.Module model, Objective objective)
    {
        _objective = objective;
        (Layout, _parameters, _buffers) = Parts(model);
        _buffersOfVersion = new float[Layout.BufferCount];
        SaveBuffers(_buffersOfVersion);
    }

    /// <inheritdoc />
    public ModelLayout Layout { get; }

    /// <summary>A model's layout, and the tensors that it is made of: parameters and float32 buffers.</summary>
    public static (ModelLayout Layout, Tensor[] Parameters, Tensor[] Buffers) Parts(nn.Module model)
    {
        var parameters = model.named_parameters().ToArray();
        var buffers = model.named_buffers().Where(buffer => buffer.buffer.dtype == ScalarType.Float32).ToArray();
        var counters = model.named_buffers().Where(buffer => buffer.buffer.dtype == ScalarType.Int64);
        var layout = new ModelLayout(
            [.. parameters.Select(p => new TensorLayout(p.name, p.parameter.shape))],
            [.. buffers.Select(b => new TensorLayout(b.name, b.buffer.shape))],
            [.. counters.Select(c => new TensorLayout(c.name, c.buffer.shape))]);
        return (layout, [.. parameters.Select(p => (Tensor)p.parameter)], [.. buffers.Select(b => b.buffer)]);
    }

    /// <inheritdoc />
    public void Load(ReadOnlySpan<float> version)
    {
        foreach (var tensor in _parameters) version = version[CopyTo(tensor, version)..];
        version.CopyTo(_buffersOfVersion);
        ResetBuffers();
    }

    /// <inheritdoc />
    public void ResetBuffers()
    {
        ReadOnlySpan<float> buffers = _buffersOfVersion;
        foreach (var tensor in _buffers) buffers = buffers[CopyTo(tensor, buffers)..];
    }

    /// <inheritdoc />
    public void Save(Span<float> version)
    {
        foreach (var tensor in _parameters) version = version[CopyFrom(tensor, version)..];
        SaveBuffers(version);
    }

    /// <inheritdoc />
    public void Score(Tensor outputs, Tensor targets, Tensor loss) =>
        _scores.Add(new PassScore(loss.item<float>(), _objective.CountCorrect(outputs, targets)));

    /// <inheritdoc />
    public IReadOnlyList<PassScore> TakeScores()
    {
        PassScore[] scores = [.. _scores];
        _scores.Clear();
        return scores;
    }

    /// <inheritdoc />
    /// <exception cref="InvalidOperationException">The model's forward does not use a parameter.</exception>
    public IReadOnlyList<PassScore> TakeGradient(Span<float> gradient)
    {
        foreach (var parameter in _parameters)
        {
            using var grad = parameter.grad
                ?? throw new InvalidOperationException("a parameter got no gradient: the model's forward does not use it");
            gradient = gradient[CopyFrom(grad, gradient)..];
            // None, not zeros: the next backward pass gives its own tensor instead of adding it to zeros. A −0 may stay one then;
            // the average, which begins with +0, is the same.
            parameter.grad = null;
        }
        SaveBuffers(gradient);
        return TakeScores();
    }

    /// <summary>Nothing: the model owns its tensors.</summary>
    public void Dispose()
    {
    }

    private void SaveBuffers(Span<float> buffers)
    {
        foreach (var tensor in _buffers) buffers = buffers[CopyFrom(tensor, buffers)..];
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
