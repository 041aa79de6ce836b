namespace MiniBatch.Shared.DataPlane.SharedMemory;

/// <summary>A worker's place among those that share memory with the server: all on one machine.</summary>
/// <param name="Index">0-based.</param>
/// <param name="Count">How many workers there are.</param>
public readonly record struct Seat(int Index, int Count)
{
    /// <summary>Before the server has said it.</summary>
    public static readonly Seat None = default;

    /// <summary>As it lies in a region: written and read as one.</summary>
    internal long Packed => ((long)Count << 32) | (uint)Index;

    /// <summary>What <see cref="Packed"/> gave; <see cref="None"/> where it is no place.</summary>
    internal static Seat Unpack(long packed)
    {
        var (index, count) = ((int)packed, (int)(packed >> 32));
        return (uint)index < (uint)count ? new Seat(index, count) : None;
    }
}
