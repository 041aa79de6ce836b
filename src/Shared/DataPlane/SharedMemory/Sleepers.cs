namespace MiniBatch.Shared.DataPlane.SharedMemory;

/// <summary>
/// Two sides that look for a while and then sleep. A sleeper says so, then looks once more; a writer writes, then looks whether
/// somebody sleeps. Each with a full fence between: one of the two sees the other.
/// </summary>
internal static class Sleepers
{
    /// <summary>Says that this side sleeps. Look once more after it.</summary>
    public static void Announce(ref int sleeps) => Interlocked.Exchange(ref sleeps, 1);

    /// <summary>After writing: whether the other side sleeps. True once: who is told has to wake it.</summary>
    public static bool MustWake(ref int sleeps)
    {
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref sleeps) != 0 && Interlocked.Exchange(ref sleeps, 0) != 0;
    }
}
