using MiniBatch.Simulation.Disk;

namespace MiniBatch.Simulation.Tests;

public sealed class SimulatedDiskTests
{
    private static readonly ulong[] Seeds = [.. Enumerable.Range(1, 200).Select(seed => (ulong)seed)];

    /// <summary>What a file has after a power failure: four bytes were synced, four were not.</summary>
    private static string After(ulong seed, bool isNameSynced)
    {
        var disk = new SimulatedDisk(seed);
        var file = new Inode();
        disk.Name("/run/file", file);
        if (isNameSynced) disk.SyncNames();
        file.Write(0, "safe"u8);
        file.Sync();
        file.Write(4, "lost"u8);
        disk.LosePower();
        return disk.Find("/run/file") is { } found ? System.Text.Encoding.ASCII.GetString(found.Content) : "no file";
    }

    [Fact]
    public void Synced_bytes_outlive_a_power_failure_and_others_may_be_whole_torn_or_gone()
    {
        var contents = Seeds.Select(seed => After(seed, isNameSynced: true)).ToList();
        Assert.All(contents, content => Assert.StartsWith("safe", content));
        Assert.Contains("safe", contents);
        Assert.Contains("safelost", contents);
        Assert.Contains("safelo", contents);
        Assert.Contains("safe\0\0", contents);
    }

    [Fact]
    public void Name_that_was_not_synced_may_be_gone()
    {
        var contents = Seeds.Select(seed => After(seed, isNameSynced: false)).ToList();
        Assert.Contains("no file", contents);
        Assert.Contains(contents, content => content.StartsWith("safe", StringComparison.Ordinal));
    }
}
