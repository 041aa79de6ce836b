using System.Runtime.InteropServices;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Workloads;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Computation;

/// <summary>
/// The vector of a model on a GPU: one flat tensor there, of which parameters and buffers are views, so that a version is there
/// when one transfer is done; another for gradients, buffers and scores, so that one transfer brings all of a slot back. Both
/// through page-locked memory of the host.
/// </summary>
/// <remarks>
/// Works on any device, the CPU included: so it is tested. The gradients are kept as views of the flat one, as PyTorch's DDP does
/// (<c>gradient_as_bucket_view</c>): backward passes add to a gradient that is there in place.
/// </remarks>
public sealed class ResidentVector : IModelVector
{
    private const int FloatsPerScore = 2;

    private readonly Objective _objective;
    private readonly Tensor _version;           // float32[P + B]: parameters and buffers are views of it
    private readonly Tensor _buffers;           // float32[B], the rear of it
    private readonly Tensor _buffersOfVersion;  // float32[B]
    private readonly Tensor _results;           // float32[P + B + 2 · passes]: gradients are views of its front
    private readonly Tensor _toDevice;          // float32[P + B], on the host
    private readonly Tensor _toHost;            // float32[P + B + 2 · passes], on the host
    private int _passes;

    /// <summary>Takes over the memory of a model's parameters and buffers; the model owns its tensors still.</summary>
    /// <param name="model">On the device.</param>
    /// <param name="objective">Says what of its outputs is correct.</param>
    /// <param name="device">Where.</param>
    /// <param name="passesMax">The most passes that are noted before they are taken.</param>
    public ResidentVector(nn.Module model, Objective objective, Device device, int passesMax)
    {
        _objective = objective;
        using var scope = NewDisposeScope();
        using var none = no_grad();
        (Layout, var parameters, var buffers) = ModelVector.Parts(model);
        _version = Kept(empty([Layout.TotalCount], dtype: float32, device: device));
        _buffers = Kept(_version.narrow(0, Layout.ParameterCount, Layout.BufferCount));
        _results = Kept(zeros([Layout.TotalCount + (FloatsPerScore * passesMax)], dtype: float32, device: device));
        _toDevice = Kept(OnHost(Layout.TotalCount, device));
        _toHost = Kept(OnHost((int)_results.NumberOfElements, device));
        long at = 0;
        foreach (var tensor in parameters.Concat(buffers))
        {
            var (count, shape) = (tensor.NumberOfElements, tensor.shape);
            var part = _version.narrow(0, at, count).view(shape);
            part.copy_(tensor);
            tensor.set_(part);
            if (at < Layout.ParameterCount) tensor.grad = _results.narrow(0, at, count).view(shape);
            at += count;
        }
        _buffersOfVersion = Kept(_buffers.clone());
    }

    /// <inheritdoc />
    public ModelLayout Layout { get; }

    /// <inheritdoc />
    public void Load(ReadOnlySpan<float> version)
    {
        using var scope = NewDisposeScope();
        version[..Layout.TotalCount].CopyTo(MemoryMarshal.Cast<byte, float>(_toDevice.bytes));
        // Not waited for: what follows on the device comes after it. Another version that is loaded before this copy is done
        // spoils it, and is copied whole after it.
        _version.copy_(_toDevice, nonBlocking: true);
        if (Layout.BufferCount > 0) _buffersOfVersion.copy_(_buffers);
    }

    /// <inheritdoc />
    public void ResetBuffers()
    {
        if (Layout.BufferCount > 0) _buffers.copy_(_buffersOfVersion);
    }

    /// <inheritdoc />
    public void Save(Span<float> version)
    {
        using var onHost = _version.cpu();
        MemoryMarshal.Cast<byte, float>(onHost.bytes).CopyTo(version);
    }

    /// <inheritdoc />
    public void Score(Tensor outputs, Tensor targets, Tensor loss)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var at = Layout.TotalCount + (FloatsPerScore * _passes);
        _results.narrow(0, at, 1).copy_(loss);
        _results.narrow(0, at + 1, 1).copy_(_objective.Correct(outputs, targets));   // exact in a float32 up to 2²⁴ samples
        _passes++;
    }

    /// <inheritdoc />
    public IReadOnlyList<PassScore> TakeScores()
    {
        using var scope = NewDisposeScope();
        Fetch(Layout.TotalCount);
        return ScoresFetched();
    }

    /// <inheritdoc />
    public IReadOnlyList<PassScore> TakeGradient(Span<float> gradient)
    {
        using var scope = NewDisposeScope();
        if (Layout.BufferCount > 0) _results.narrow(0, Layout.ParameterCount, Layout.BufferCount).copy_(_buffers);
        Fetch(from: 0);
        MemoryMarshal.Cast<byte, float>(_toHost.bytes)[..Layout.TotalCount].CopyTo(gradient);
        _results.narrow(0, 0, Layout.ParameterCount).zero_();
        return ScoresFetched();
    }

    /// <summary>Gives its memory back; the model is no longer to be used then.</summary>
    public void Dispose()
    {
        foreach (var tensor in new[] { _version, _buffers, _buffersOfVersion, _results, _toDevice, _toHost }) tensor.Dispose();
    }

    /// <summary>One transfer, which waits for all that the device was asked before it.</summary>
    private void Fetch(long from)
    {
        var count = Layout.TotalCount + (FloatsPerScore * _passes) - from;
        _toHost.narrow(0, from, count).copy_(_results.narrow(0, from, count));
    }

    private PassScore[] ScoresFetched()
    {
        var values = MemoryMarshal.Cast<byte, float>(_toHost.bytes)[Layout.TotalCount..];
        var scores = new PassScore[_passes];
        for (var pass = 0; pass < _passes; pass++) scores[pass] = new PassScore(values[FloatsPerScore * pass], (int)values[(FloatsPerScore * pass) + 1]);
        _passes = 0;
        return scores;
    }

    /// <summary>Page-locked where there is a GPU to read and write it by itself.</summary>
    private static Tensor OnHost(int count, Device device)
    {
        var memory = empty([count], dtype: float32);
        return device.type == DeviceType.CUDA ? memory.pin_memory() : memory;
    }

    private static Tensor Kept(Tensor tensor) => tensor.DetachFromDisposeScope();
}
