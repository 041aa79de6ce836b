using System.IO.MemoryMappedFiles;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.DataPlane.SharedMemory;

namespace MiniBatch.Shared.Tests.DataPlane;

/// <summary>The bytes of a region, for who means harm: a mapping of its own, found among this process's open files.</summary>
internal sealed class RawMemory
{
    private readonly string _path;

    private RawMemory(string path) => _path = path;

    /// <summary>Call it before the region is handed over: the newest is taken.</summary>
    public static RawMemory Of(SharedRegion region)
    {
        GC.KeepAlive(region);
        var newest = Directory.GetFileSystemEntries("/proc/self/fd")
            .Where(path => new FileInfo(path).LinkTarget?.StartsWith("/memfd:minibatch", StringComparison.Ordinal) == true)
            .MaxBy(path => int.Parse(Path.GetFileName(path), System.Globalization.CultureInfo.InvariantCulture));
        return new RawMemory(Assert.IsType<string>(newest));
    }

    /// <summary>Where the head of the first gradient's entry is: type, bytes of the fixed part, float32s.</summary>
    public static long FirstGradient(int floatCount)
    {
        static long WholePages(long bytes) => (bytes + 4095) / 4096 * 4096;
        return 4096 + (SharedRegion.OrderCount * (WholePages(64 + FrameLimits.FixedBytesMax) + WholePages(floatCount * sizeof(float))));
    }

    public void Write(long at, int value)
    {
        using var file = MemoryMappedFile.CreateFromFile(_path, FileMode.Open);
        using var view = file.CreateViewAccessor();
        view.Write(at, value);
    }
}
