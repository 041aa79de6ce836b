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

    /// <summary>SHA-256 of a version and of what the optimizer remembers, in this order, lower-case hex.</summary>
    public static string Sha256OfState(ReadOnlySpan<float> version, IEnumerable<float[]> optimizerState)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(version));
        foreach (var values in optimizerState) hash.AppendData(MemoryMarshal.AsBytes<float>(values));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>SHA-256 of the values of tensors of any types, in the order of their names, lower-case hex.</summary>
    public static string Sha256OfTensors(IEnumerable<NamedTensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal)) hash.AppendData(tensor.Bytes.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
