using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Workloads;

/// <summary>
/// Arithmetic of tensors with numbers. TorchSharp 0.107 turns a number into a <see cref="Scalar"/>, hands its native memory to libtorch
/// and forgets it: a garbage collection in that moment frees the memory under the kernel, which then computes with another number, or
/// fails. Here the scalar is held until the kernel has returned. Whatever trains goes through these.
/// </summary>
public static class HeldScalars
{
    /// <summary>tensor · number.</summary>
    public static Tensor Times(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.mul(scalar);
    }

    /// <summary>tensor / number.</summary>
    public static Tensor Over(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.div(scalar);
    }

    /// <summary>tensor + number.</summary>
    public static Tensor Plus(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        using var one = 1.ToScalar();
        return tensor.add(scalar, one);
    }

    /// <summary>tensor + tensor: TorchSharp's own makes a scalar of the 1 that the second is multiplied by. (Its difference does not.)</summary>
    public static Tensor Plus(this Tensor tensor, Tensor other)
    {
        using var one = 1.ToScalar();
        return tensor.add(other, one);
    }

    /// <summary>tensor².</summary>
    public static Tensor Squared(this Tensor tensor)
    {
        using var two = 2.ToScalar();
        return tensor.pow(two);
    }
}
