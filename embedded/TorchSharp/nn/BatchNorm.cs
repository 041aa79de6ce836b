using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp.Modules;

/// <summary>Scale, shift and running statistics by channel.</summary>
public abstract class NormBase : nn.Module<Tensor, Tensor>
{
    private protected NormBase(
        string name, long features, double eps, double momentum, bool affine, bool trackRunningStats, Device? device, ScalarType? dtype)
        : base(name)
    {
        (num_features, this.eps, this.momentum, this.affine, track_running_stats) = (features, eps, momentum, affine, trackRunningStats);
        if (affine)
        {
            weight = new Parameter(ones(features, dtype, device));
            bias = new Parameter(zeros(features, dtype, device));
            register_parameter(nameof(weight), weight);
            register_parameter(nameof(bias), bias);
        }
        if (trackRunningStats)
        {
            running_mean = zeros(features, dtype, device);
            running_var = ones(features, dtype, device);
            num_batches_tracked = zeros([], int64, device);
            register_buffer(nameof(running_mean), running_mean);
            register_buffer(nameof(running_var), running_var);
            register_buffer(nameof(num_batches_tracked), num_batches_tracked);
        }
    }

    public Parameter? weight { get; }

    public Parameter? bias { get; }

    public Tensor? running_mean { get; }

    /// <summary>Of the unbiased variance, unlike what a batch is normalised with.</summary>
    public Tensor? running_var { get; }

    /// <summary>Training batches seen, int64.</summary>
    public Tensor? num_batches_tracked { get; }

    public long num_features { get; }

    public double eps { get; }

    /// <summary>Weight of a new batch in the running statistics; null makes them plain means.</summary>
    public double? momentum { get; }

    public bool affine { get; }

    public bool track_running_stats { get; }
}

/// <summary>Batch normalisation (Ioffe and Szegedy 2015).</summary>
public abstract class BatchNorm : NormBase
{
    private protected BatchNorm(
        string name, long features, double eps, double momentum, bool affine, bool trackRunningStats, Device? device, ScalarType? dtype)
        : base(name, features, eps, momentum, affine, trackRunningStats, device, dtype)
    {
    }

    public override Tensor forward(Tensor input)
    {
        if (training && num_batches_tracked is not null)
        {
            using var none = no_grad();
            num_batches_tracked.add_(1).Dispose();
        }
        var factor = momentum ?? (num_batches_tracked is null ? 0 : 1.0 / num_batches_tracked.ToInt64());
        return F.batch_norm(input, running_mean, running_var, weight, bias, training || running_mean is null, factor, eps);
    }
}

/// <summary>[B, features] or [B, features, L].</summary>
public sealed class BatchNorm1d : BatchNorm
{
    internal BatchNorm1d(long features, double eps, double momentum, bool affine, bool trackRunningStats, Device? device, ScalarType? dtype)
        : base(nameof(BatchNorm1d), features, eps, momentum, affine, trackRunningStats, device, dtype)
    {
    }
}
