using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MiniBatch.Shared.Weights;

/// <summary>The identity of parameters: what two runs compare to be the same run.</summary>
public static class ParameterHash
{
    /// <summary>
    /// SHA-256 of the values as little-endian float32 bytes (every platform that libtorch runs on is little-endian),
    /// lower-case hex. It tells 0 from −0 and one NaN from another: equal hashes mean equal bits.
    /// </summary>
    public static string Sha256OfFloats(ReadOnlySpan<float> values) =>
        Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values)));
}
