namespace TorchSharp;

/// <summary>A number beside a tensor: integers keep an integer tensor's type, floating ones do not.</summary>
public sealed class Scalar : IDisposable
{
    internal Scalar(double value) => Value = new ScalarValue(value, 0, 0);

    internal Scalar(long value) => Value = new ScalarValue(value, value, 1);

    internal Scalar(bool value) => Value = new ScalarValue(value ? 1 : 0, value ? 1 : 0, 2);

    internal ScalarValue Value { get; }

    public static implicit operator Scalar(byte value) => new((long)value);

    public static implicit operator Scalar(int value) => new((long)value);

    public static implicit operator Scalar(long value) => new(value);

    public static implicit operator Scalar(float value) => new((double)value);

    public static implicit operator Scalar(double value) => new(value);

    public static implicit operator Scalar(bool value) => new(value);

    /// <summary>Nothing to do: the value lives in managed memory here.</summary>
    public void Dispose()
    {
    }
}
