using System.CommandLine;

namespace MiniBatch.Shared.CommandLine;

/// <summary>Whether a worker shares memory with a coordinator on its machine.</summary>
public enum MemorySharing
{
    /// <summary>Where it is possible.</summary>
    On,

    /// <summary>Versions and gradients go over the Unix socket.</summary>
    Off,
}

/// <summary>The flag for it: a worker's, which <c>train</c> passes on to its workers.</summary>
public static class SharedMemoryFlag
{
    /// <summary>The flag; null where it is not given, which is on.</summary>
    public static Option<MemorySharing?> Create() => Flag.Choice(
        "--shared-memory", "whether workers on the coordinator's machine share memory with it [on: faster than the Unix socket, which they take where it is not to be had]",
        ("on", MemorySharing.On), ("off", MemorySharing.Off));
}
