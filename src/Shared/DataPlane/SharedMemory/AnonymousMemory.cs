using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MiniBatch.Shared.DataPlane.SharedMemory;

/// <summary>
/// Memory that two processes can map and that has no name (memfd_create(2)): nothing is left of it when both have ended, it is
/// in no mount namespace, and a /dev/shm that is full or small does not matter. Linux only.
/// </summary>
internal static partial class AnonymousMemory
{
    private const uint CloseOnExec = 1;      // MFD_CLOEXEC
    private const uint AllowSealing = 2;     // MFD_ALLOW_SEALING
    private const int AddSeals = 1033;       // F_ADD_SEALS
    private const int GetSeals = 1034;       // F_GET_SEALS
    private const int SealSeal = 1;          // F_SEAL_SEAL
    private const int SealShrink = 2;        // F_SEAL_SHRINK
    private const int SealGrow = 4;          // F_SEAL_GROW

    /// <summary>Makes some, of a size that nobody can change any more: whoever maps it can't be killed by its shrinking.</summary>
    /// <param name="bytes">Its size. Pages are taken when they are first written.</param>
    /// <exception cref="IOException">This system has none.</exception>
    public static SafeFileHandle Create(long bytes)
    {
        if (!OperatingSystem.IsLinux()) throw new IOException("only Linux has memory without a name");
        var handle = new SafeFileHandle(MemfdCreate("minibatch", CloseOnExec | AllowSealing), ownsHandle: true);
        if (handle.IsInvalid) throw new IOException($"memfd_create: {Marshal.GetLastPInvokeErrorMessage()}");
        try
        {
            RandomAccess.SetLength(handle, bytes);
            if (Fcntl(handle, AddSeals, SealSeal | SealShrink | SealGrow) != 0)
                throw new IOException($"F_ADD_SEALS: {Marshal.GetLastPInvokeErrorMessage()}");
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Whether nobody can make it smaller. Not so of a file.</summary>
    public static bool IsSealed(SafeFileHandle memory) => Fcntl(memory, GetSeals, 0) is var seals && seals >= 0 && (seals & SealShrink) != 0;

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int MemfdCreate(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeFileHandle handle, int command, int argument);
}
