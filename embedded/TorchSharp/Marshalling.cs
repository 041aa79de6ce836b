using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace TorchSharp;

/// <summary>Tensors across the boundary: a live handle in, a checked one out.</summary>
[CustomMarshaller(typeof(torch.Tensor), MarshalMode.ManagedToUnmanagedIn, typeof(In))]
[CustomMarshaller(typeof(torch.Tensor), MarshalMode.ManagedToUnmanagedOut, typeof(Out))]
internal static class TensorMarshaller
{
    /// <summary>Holds the tensor until the call is over: its finaliser would free what native code still reads.</summary>
    internal ref struct In
    {
        private torch.Tensor? _tensor;

        public void FromManaged(torch.Tensor? tensor) => _tensor = tensor;

        /// <exception cref="InvalidOperationException">The tensor is disposed.</exception>
        public readonly IntPtr ToUnmanaged() => _tensor is null ? IntPtr.Zero : _tensor.Handle;

        public readonly void OnInvoked() => GC.KeepAlive(_tensor);

        public readonly void Free()
        {
        }
    }

    internal static class Out
    {
        /// <exception cref="ExternalException">libtorch refused the call.</exception>
        public static torch.Tensor ConvertToManaged(IntPtr handle) =>
            handle != IntPtr.Zero ? new torch.Tensor(handle) : throw Native.Error();
    }
}

/// <summary>C++'s bool: one byte, which the framework's own marshalling of bool is not.</summary>
internal readonly struct Flag(bool value)
{
    private readonly byte _value = value ? (byte)1 : (byte)0;

    public static implicit operator Flag(bool value) => new(value);

    public static implicit operator bool(Flag flag) => flag._value != 0;
}

/// <summary>A number as native code takes it; kind 0 floating, 1 integer, 2 boolean.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ScalarValue(double real, long integer, long kind)
{
    public readonly double Real = real;
    public readonly long Integer = integer;
    public readonly long Kind = kind;
}

/// <summary>Type and place of a tensor that is to be made; dtype −1 leaves the type to libtorch.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Options(torch.ScalarType? dtype, torch.Device? device, bool requiresGrad = false)
{
    private readonly int _dtype = Type(dtype);
    private readonly int _deviceType = (int)(device?.type ?? DeviceType.CPU);
    private readonly int _deviceIndex = device?.index ?? -1;
    private readonly int _requiresGrad = requiresGrad ? 1 : 0;

    public static int Type(torch.ScalarType? dtype) => dtype is { } type ? (int)type : -1;
}
