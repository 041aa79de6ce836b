using MiniBatch.Shared.Files;
using MiniBatch.Shared.Tests.Datasets;

namespace MiniBatch.Shared.Tests;

public sealed class LocalFileSystemTests : IDisposable
{
    private static readonly LocalFileSystem Files = LocalFileSystem.Instance;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_in_parts_is_read_and_cut_off()
    {
        using (var file = Files.Open(_folder.File("a"), FileMode.OpenOrCreate, FileShare.Read))
        {
            file.Write(0, ["one"u8.ToArray(), " two"u8.ToArray()]);
            file.Sync();
            file.SetLength(5);
            Assert.Equal(5, file.Length);
            var read = new byte[3];
            file.Read(2, read);
            Assert.Equal("e t"u8.ToArray(), read);
            Assert.Throws<EndOfStreamException>(() => file.Read(3, read));
        }
        Assert.Equal("one t"u8.ToArray(), Files.ReadAllBytes(_folder.File("a")));
    }

    [Fact]
    public void Renamed_file_takes_the_others_place_and_list_finds_it_by_its_end()
    {
        File.WriteAllText(_folder.File("a.tmp"), "new");
        File.WriteAllText(_folder.File("a.txt"), "old");
        Files.Rename(_folder.File("a.tmp"), _folder.File("a.txt"));
        Assert.Equal("new", File.ReadAllText(_folder.File("a.txt")));
        Assert.Equal([_folder.File("a.txt")], Files.List(Path.GetDirectoryName(_folder.File("x"))!, ".txt"));
        Assert.Empty(Files.List(_folder.File("nowhere"), ".txt"));
    }

    [Fact]
    public void Exclusive_file_is_refused_to_a_second()
    {
        using var held = Files.Open(_folder.File("lock"), FileMode.OpenOrCreate, FileShare.None);
        Assert.Throws<IOException>(() => Files.Open(_folder.File("lock"), FileMode.OpenOrCreate, FileShare.None));
    }
}
