using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tests.Datasets;

namespace MiniBatch.Shared.Tests.CommandLine;

public sealed class OutputFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Folder_is_made_with_those_above_it_and_left_empty()
    {
        var path = _folder.File("a/b");
        OutputFolder.Require("--tensorboard", path);
        OutputFolder.Require("--tensorboard", path);

        Assert.True(Directory.Exists(path));
        Assert.Empty(Directory.EnumerateFileSystemEntries(path));
    }

    [Theory]
    [InlineData("a-file")]
    [InlineData("a-file/below")]
    public void Path_of_a_file_is_refused_in_one_line(string name)
    {
        File.WriteAllText(_folder.File("a-file"), "");
        var refusal = Assert.Throws<UserErrorException>(() => OutputFolder.Require("--tensorboard", _folder.File(name)));

        Assert.StartsWith($"--tensorboard {_folder.File(name)}: can't be written to (", refusal.Message);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Equal(UserErrorException.Failure, refusal.ExitCode);
    }
}
