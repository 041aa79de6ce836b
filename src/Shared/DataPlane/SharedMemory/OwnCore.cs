using System.Runtime.InteropServices;

namespace MiniBatch.Shared.DataPlane.SharedMemory;

/// <summary>
/// Holds a thread to a core of its own, where the workers on this machine are as many as its cores. Left alone, the kernel puts two of
/// them on one core now and then, and one computes after the other: who waits still looks, so that no core seems free, and the server
/// is a third thread on the same cores. With fewer workers there is a core to spare, with more they have to share: then the kernel knows better.
/// Linux only; used by the thread that is held.
/// </summary>
public sealed unsafe partial class OwnCore
{
    private const int ThisThread = 0;
    private const int MaskBytes = 128;   // of a cpu_set_t: on a machine with more than 1,024 processors nobody is held

    private byte[]? _allowed;   // where the thread may run when it is not held; null while it is not
    private Seat _seat;

    /// <summary>Goes to the core of a seat, or lets the thread go where it has none.</summary>
    public void Take(Seat seat)
    {
        if (seat == _seat) return;
        Leave();
        _seat = seat;
        if (seat == Seat.None || !OperatingSystem.IsLinux()) return;
        var allowed = new byte[MaskBytes];
        if (Call(GetAffinity, allowed) && CoreOf(seat, allowed) is { } own && Call(SetAffinity, own)) _allowed = allowed;
    }

    /// <summary>Lets the thread run where it might before.</summary>
    public void Leave()
    {
        _seat = Seat.None;
        if (_allowed is not { } allowed) return;
        _allowed = null;
        Call(SetAffinity, allowed);
    }

    /// <returns>The mask of one core; null where there are not as many cores as workers.</returns>
    private static byte[]? CoreOf(Seat seat, byte[] allowed)
    {
        var (cores, own) = (0, -1);
        for (var core = 0; core < MaskBytes * 8; core++)
        {
            if ((allowed[core / 8] & (1 << (core % 8))) == 0) continue;
            if (cores++ == seat.Index) own = core;
        }
        if (cores != seat.Count) return null;
        var mask = new byte[MaskBytes];
        mask[own / 8] = (byte)(1 << (own % 8));
        return mask;
    }

    private static bool Call(Func<int, nuint, nint, int> affinity, byte[] mask)
    {
        fixed (byte* bytes = mask) return affinity(ThisThread, (nuint)MaskBytes, (nint)bytes) == 0;
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nuint maskBytes, nint mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint maskBytes, nint mask);
}
