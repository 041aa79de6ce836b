namespace TorchSharp;

public static partial class torch
{
    /// <summary>Element-wise arithmetic, with libtorch's broadcasting, and matrix products.</summary>
    public partial class Tensor
    {
        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);

        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);

        public static Tensor operator +(Scalar left, Tensor right) => right.add(left);

        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);

        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);

        public static Tensor operator -(Scalar left, Tensor right) => Native.mbt_rsub_scalar(right, left.Value);

        public static Tensor operator -(Tensor tensor) => tensor.neg();

        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);

        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);

        public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);

        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);

        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);

        public static Tensor operator /(Scalar left, Tensor right) => Native.mbt_rdiv_scalar(right, left.Value);

        /// <summary>Element by element, not of references: a null test is <c>is null</c>.</summary>
        public static Tensor operator ==(Tensor left, Tensor right) => left.eq(right);

        public static Tensor operator !=(Tensor left, Tensor right) => Native.mbt_ne(left, right);

        public static explicit operator float(Tensor value) => value.ToSingle();

        public static explicit operator double(Tensor value) => value.ToDouble();

        public static explicit operator long(Tensor value) => value.ToInt64();

        public Tensor add(Tensor target) => Native.mbt_add(this, target);

        public Tensor add(Tensor target, Scalar alpha) => Native.mbt_add_scaled(this, target, alpha.Value);

        public Tensor add(Scalar scalar) => Native.mbt_add_scalar(this, scalar.Value);

        public Tensor add_(Tensor target) => Native.mbt_add_(this, target);

        public Tensor add_(Tensor target, Scalar alpha) => Native.mbt_add_scaled_(this, target, alpha.Value);

        public Tensor add_(Scalar scalar) => Native.mbt_add__scalar(this, scalar.Value);

        public Tensor sub(Tensor target) => Native.mbt_sub(this, target);

        public Tensor sub(Scalar target) => Native.mbt_sub_scalar(this, target.Value);

        public Tensor sub_(Tensor target) => Native.mbt_sub_(this, target);

        public Tensor sub_(Scalar target) => Native.mbt_sub__scalar(this, target.Value);

        public Tensor mul(Tensor target) => Native.mbt_mul(this, target);

        public Tensor mul(Scalar target) => Native.mbt_mul_scalar(this, target.Value);

        public Tensor mul_(Tensor target) => Native.mbt_mul_(this, target);

        public Tensor mul_(Scalar target) => Native.mbt_mul__scalar(this, target.Value);

        /// <exception cref="NotSupportedException">A rounding mode: the slice has none.</exception>
        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? Native.mbt_div(this, target) : throw new NotSupportedException("The embedded TorchSharp divides without rounding only.");

        /// <exception cref="NotSupportedException">A rounding mode: the slice has none.</exception>
        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? Native.mbt_div_scalar(this, target.Value) : throw new NotSupportedException("The embedded TorchSharp divides without rounding only.");

        /// <exception cref="NotSupportedException">A rounding mode: the slice has none.</exception>
        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? Native.mbt_div_(this, target) : throw new NotSupportedException("The embedded TorchSharp divides without rounding only.");

        public Tensor pow(Tensor exponent) => Native.mbt_pow(this, exponent);

        public Tensor pow(Scalar exponent) => Native.mbt_pow_scalar(this, exponent.Value);

        public Tensor eq(Tensor target) => Native.mbt_eq(this, target);

        public Tensor eq(Scalar target) => Native.mbt_eq_scalar(this, target.Value);

        public Tensor gt(Scalar target) => Native.mbt_gt_scalar(this, target.Value);

        public Tensor matmul(Tensor target) => Native.mbt_matmul(this, target);

        public Tensor mm(Tensor target) => Native.mbt_mm(this, target);

        /// <summary>The greater of each two elements.</summary>
        public Tensor maximum(Tensor other) => Native.mbt_maximum(this, other);

        public Tensor abs() => Native.mbt_abs(this);

        public Tensor exp() => Native.mbt_exp(this);

        public Tensor log() => Native.mbt_log(this);

        public Tensor neg() => Native.mbt_neg(this);

        public Tensor relu() => Native.mbt_relu(this);

        public Tensor sigmoid() => Native.mbt_sigmoid(this);

        public Tensor sqrt() => Native.mbt_sqrt(this);

        public Tensor square() => Native.mbt_square(this);

        public Tensor tanh() => Native.mbt_tanh(this);

        /// <summary>Writes the elements of <paramref name="source"/>, converted and broadcast, into this tensor.</summary>
        public Tensor copy_(Tensor source, bool nonBlocking = false) => Native.mbt_copy_(this, source, nonBlocking);

        public Tensor fill_(Scalar value) => Native.mbt_fill_(this, value.Value);

        public Tensor zero_() => Native.mbt_zero_(this);
    }

    /// <summary>How a division rounds.</summary>
    public enum RoundingMode
    {
        None,
    }
}
