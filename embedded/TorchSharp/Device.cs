using System.Globalization;

namespace TorchSharp;

/// <summary>Kinds of device, numbered as libtorch numbers them.</summary>
public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
}

public static partial class torch
{
    /// <summary>Element types, numbered as libtorch numbers them.</summary>
    public enum ScalarType : sbyte
    {
        Byte = 0,
        Int8 = 1,
        Int16 = 2,
        Int32 = 3,
        Int64 = 4,
        Float16 = 5,
        Float32 = 6,
        Float64 = 7,
        Bool = 11,
        BFloat16 = 15,
    }

    /// <summary>Where a tensor lives: "cpu", "cuda" (the current one) or "cuda:1".</summary>
    public class Device
    {
        /// <exception cref="ArgumentException">No such kind of device, or a bad index.</exception>
        public Device(string description)
        {
            var parts = description.Split(':');
            type = parts[0].ToLowerInvariant() switch
            {
                "cpu" => DeviceType.CPU,
                "cuda" => DeviceType.CUDA,
                _ => throw new ArgumentException($"Invalid device type: '{parts[0]}'."),
            };
            index = parts.Length == 1 ? -1
                : int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && parts.Length == 2 ? number
                : throw new ArgumentException($"Invalid device: '{description}'.");
        }

        public Device(DeviceType deviceType, int index = -1) => (type, this.index) = (deviceType, index);

        public DeviceType type { get; }

        /// <summary>−1 is the current device of its kind.</summary>
        public int index { get; }

        public static implicit operator Device(string description) => new(description);

        public override string ToString()
        {
            var kind = type == DeviceType.CPU ? "cpu" : "cuda";
            return index < 0 ? kind : string.Create(CultureInfo.InvariantCulture, $"{kind}:{index}");
        }
    }

    public static readonly Device CPU = new(DeviceType.CPU);

    public static readonly ScalarType uint8 = ScalarType.Byte;
    public static readonly ScalarType int32 = ScalarType.Int32;
    public static readonly ScalarType int64 = ScalarType.Int64;
    public static readonly ScalarType float32 = ScalarType.Float32;
    public static readonly ScalarType float64 = ScalarType.Float64;

    public static Device CUDA => new(DeviceType.CUDA);

    public static Device device(string description) => new(description);
}
