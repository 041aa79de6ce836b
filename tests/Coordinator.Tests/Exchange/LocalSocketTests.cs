using MiniBatch.Coordinator.Exchange;

namespace MiniBatch.Coordinator.Tests.Exchange;

public sealed class LocalSocketTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minibatch-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    private string Make(string name, params string[] files)
    {
        var directory = _folder.CreateSubdirectory(name).FullName;
        foreach (var file in files) File.WriteAllText(Path.Combine(directory, file), "");
        return directory;
    }

    [Fact]
    public void What_a_dead_coordinator_left_is_removed()
    {
        var left = Make(LocalSocket.DirectoryPrefix + "1", "lock", "data.sock");
        LocalSocket.RemoveLeftovers(_folder.FullName);
        Assert.False(Directory.Exists(left));
    }

    [Fact]
    public void What_a_live_coordinator_holds_stays()
    {
        var live = Make(LocalSocket.DirectoryPrefix + "1", "lock", "data.sock");
        using var held = new FileStream(Path.Combine(live, "lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        LocalSocket.RemoveLeftovers(_folder.FullName);
        Assert.True(File.Exists(Path.Combine(live, "data.sock")));
    }

    [Theory]
    [InlineData(LocalSocket.DirectoryPrefix + "1", "data.sock")]   // just being made
    [InlineData(LocalSocket.DirectoryPrefix + "1", "lock", "somebody's")]
    [InlineData("minibatch-1", "lock", "data.sock")]
    public void What_is_not_a_coordinators_for_certain_stays(string name, params string[] files)
    {
        var other = Make(name, files);
        LocalSocket.RemoveLeftovers(_folder.FullName);
        Assert.Contains(Path.Combine(other, files[^1]), Directory.GetFiles(other));
    }

    [Fact]
    public void Socket_that_is_there_survives_the_start_of_another_and_goes_when_it_is_closed()
    {
        using var first = LocalSocket.Listen(1)!;
        using (var second = LocalSocket.Listen(1)!)
        {
            Assert.True(File.Exists(first.Path));
            Assert.NotEqual(first.Path, second.Path);
        }
        Assert.True(File.Exists(first.Path));
        first.Dispose();
        Assert.False(Directory.Exists(Path.GetDirectoryName(first.Path)));
    }
}
