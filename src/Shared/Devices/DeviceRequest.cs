using System.Globalization;

namespace MiniBatch.Shared.Devices;

/// <summary>What <c>--device</c> asks for: "auto", "cpu", "cuda" (any GPU) or "cuda:1" (that one).</summary>
/// <param name="Kind">Which kind of device.</param>
/// <param name="Index">Which GPU, as CUDA numbers them; null for any, and for other kinds.</param>
public readonly record struct DeviceRequest(DeviceKind Kind, int? Index = null)
{
    /// <summary>A GPU where there is one, else the CPU.</summary>
    public static readonly DeviceRequest Auto = new(DeviceKind.Auto);

    /// <summary>The CPU.</summary>
    public static readonly DeviceRequest Cpu = new(DeviceKind.Cpu);

    /// <summary>Any GPU.</summary>
    public static readonly DeviceRequest AnyGpu = new(DeviceKind.Cuda);

    /// <summary>Whether it names one device, rather than leaving a choice.</summary>
    public bool IsOne => Kind == DeviceKind.Cpu || Index is not null;

    /// <summary>Reads what a person typed.</summary>
    public static bool TryParse(string text, out DeviceRequest request)
    {
        var parts = text.ToLowerInvariant().Split(':');
        (var isOne, request) = parts switch
        {
            ["auto"] => (true, Auto),
            ["cpu"] => (true, Cpu),
            ["cuda"] => (true, AnyGpu),
            ["cuda", var number] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) =>
                (true, new DeviceRequest(DeviceKind.Cuda, index)),
            _ => (false, default),
        };
        return isOne;
    }

    /// <summary>As it is typed, and as torch names a device.</summary>
    public override string ToString()
    {
        var kind = Kind.ToString().ToLowerInvariant();
        return Index is { } index ? string.Create(CultureInfo.InvariantCulture, $"{kind}:{index}") : kind;
    }
}

/// <summary>Kinds of device.</summary>
public enum DeviceKind
{
    /// <summary>Whatever there is.</summary>
    Auto,

    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU.</summary>
    Cuda,
}
