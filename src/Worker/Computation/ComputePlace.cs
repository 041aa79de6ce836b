using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Workloads;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Computation;

/// <summary>
/// Where a model computes, and all that follows from it: how batches get there, how versions and gradients travel, how much goes
/// through at once.
/// </summary>
public sealed class ComputePlace
{
    private readonly Device? _device;
    private readonly bool _channelsLast;

    private ComputePlace(Device? device, bool channelsLast, int partSamplesMax)
    {
        (_device, _channelsLast) = (device, channelsLast);
        PartSamplesMax = partSamplesMax;
    }

    /// <summary>The CPU, with everything in the host's memory.</summary>
    public static readonly ComputePlace Host = new(null, channelsLast: true, partSamplesMax: 250);

    /// <summary>
    /// A GPU, with everything in its own memory. Images lie plain: channels-last is for CPUs and for tensor cores, which exact
    /// float32 does not use. Parts are large, so that a launch has something to do; mnist-cnn takes 2 GB for one.
    /// </summary>
    public static ComputePlace Gpu(int index) => new(new Device(DeviceType.CUDA, index), channelsLast: false, partSamplesMax: 5000);

    /// <summary>The way a GPU is used, on the CPU: for tests, which can hold it against <see cref="Host"/> bit for bit.</summary>
    public static readonly ComputePlace HostAsGpu = new(CPU, channelsLast: true, Host.PartSamplesMax);

    /// <summary>The place of a device that was chosen.</summary>
    public static ComputePlace Of(DeviceRequest device) => device.Kind == DeviceKind.Cuda ? Gpu(device.Index ?? 0) : Host;

    /// <summary>
    /// A larger slot, or evaluation block, goes through the model in parts of so many samples, whose gradients add up: mnist-cnn takes
    /// 0.4 MB a sample, a slot of <c>--optimizer gd</c> has thousands, and what leaves a CPU's cache is slow. On the CPU no tensor of a
    /// part has more than 32 MB: to a thread other than the first, glibc gives larger ones a mapping of their own (its heaps have
    /// 64 MB), and takes it away again after each use. Another number rounds differently.
    /// </summary>
    public int PartSamplesMax { get; }

    /// <summary>Takes a model there.</summary>
    /// <returns>The same model.</returns>
    public nn.Module<Tensor, Tensor> Take(nn.Module<Tensor, Tensor> model) => _device is { type: DeviceType.CUDA } ? model.to(_device) : model;

    /// <summary>Takes a tensor there.</summary>
    public Tensor Take(Tensor tensor) => _device is { type: DeviceType.CUDA } ? tensor.to(_device) : tensor;

    /// <summary>Batches for a model that is there.</summary>
    public IBatchSource Batches() => _device is null ? new BatchTensors() : new ResidentSamples(_device, _channelsLast);

    /// <summary>The vector of a model that is there.</summary>
    /// <param name="model">See <see cref="Take"/>.</param>
    /// <param name="objective">Says what of its outputs is correct.</param>
    /// <param name="passesMax">The most forward passes of a slot.</param>
    public IModelVector Vector(nn.Module model, Objective objective, int passesMax) =>
        _device is null ? new ModelVector(model, objective) : new ResidentVector(model, objective, _device, passesMax);
}
