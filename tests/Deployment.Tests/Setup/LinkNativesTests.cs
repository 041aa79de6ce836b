namespace MiniBatch.Deployment.Tests.Setup;

/// <summary>eng/link-natives.sh puts a package's files into an output folder without copying or changing them.</summary>
public sealed class LinkNativesTests : IDisposable
{
    private const string Words = "a library";

    private readonly TemporaryFolder _folder = new();
    private readonly string _library;

    public LinkNativesTests()
    {
        _library = _folder.Write("package folder/libtorch_cpu.so", Words);
        File.SetLastWriteTimeUtc(_library, DateTime.UnixEpoch);
    }

    private string Linked => _folder.PathOf("out put/libtorch_cpu.so");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void On_one_file_system_a_file_is_linked_hard()
    {
        Link(_library);
        Assert.Null(new FileInfo(Linked).LinkTarget);
        Assert.Equal(SameFile.Number(_library), SameFile.Number(Linked));
        // It outlives the package folder.
        File.Delete(_library);
        Assert.Equal(Words, File.ReadAllText(Linked));
    }

    [SkippableFact]
    public void Across_file_systems_a_file_is_linked_by_its_path()
    {
        const string Memory = "/dev/shm";
        Skip.IfNot(Directory.Exists(Memory) && SameFile.FileSystem(Memory) != SameFile.FileSystem(_folder.Path), $"{Memory} is no file system of its own");
        using var package = new TemporaryFolder(Memory);
        var library = package.Write("libtorch_cpu.so", Words);
        Link(library);
        Assert.Equal(library, new FileInfo(Linked).LinkTarget);
        Link(library);
        Assert.Equal(library, new FileInfo(Linked).LinkTarget);
        // And back to a package folder on this one.
        Link(_library);
        Assert.Null(new FileInfo(Linked).LinkTarget);
        Assert.Equal(Words, File.ReadAllText(library));
    }

    [Fact]
    public void A_second_time_is_harmless()
    {
        Link(_library);
        Link(_library);
        Assert.Null(new FileInfo(Linked).LinkTarget);
        Assert.Equal(SameFile.Number(_library), SameFile.Number(Linked));
        Assert.Equal([Linked], Directory.GetFiles(Path.GetDirectoryName(Linked)!));
    }

    [Fact]
    public void All_files_are_linked()
    {
        Link(_library, _folder.Write("package folder/libc10.so", "another"), _folder.Write("third/libgomp-98b21ff3.so.1", "a third"));
        Assert.Equal(["libc10.so", "libgomp-98b21ff3.so.1", "libtorch_cpu.so"], Directory.GetFiles(Path.GetDirectoryName(Linked)!).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Another_file_of_that_name_is_replaced()
    {
        _folder.Write("out put/libtorch_cpu.so", "a copy that an earlier build made");
        Link(_library);
        Assert.Equal(SameFile.Number(_library), SameFile.Number(Linked));
    }

    [Fact]
    public void A_link_to_a_package_folder_that_is_gone_is_replaced()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Linked)!);
        File.CreateSymbolicLink(Linked, "/packages/that/were/removed/libtorch_cpu.so");
        Link(_library);
        Assert.Equal(SameFile.Number(_library), SameFile.Number(Linked));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Another_versions_file_is_let_go_and_not_written_to(bool symbolic)
    {
        var older = _folder.Write("older package/libtorch_cpu.so", "the older library");
        if (symbolic)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Linked)!);
            File.CreateSymbolicLink(Linked, older);
        }
        else
        {
            Link(older);
        }
        Link(_library);
        Assert.Equal(SameFile.Number(_library), SameFile.Number(Linked));
        Assert.Equal("the older library", File.ReadAllText(older));
    }

    [Fact]
    public void A_file_that_its_package_lacks_is_named()
    {
        var (exitCode, _, error) = Run(_library + ".gone");
        Assert.Equal(1, exitCode);
        Assert.Equal($"link-natives.sh : error : {_library}.gone is missing; remove its package's folder, and the next build fetches it again\n", error);
        Assert.False(Path.Exists(Linked + ".gone"));
    }

    private void Link(params string[] libraries)
    {
        Assert.Equal((0, "", ""), Run(libraries));
        Assert.Equal((Words, DateTime.UnixEpoch), (File.ReadAllText(_library), File.GetLastWriteTimeUtc(_library)));
    }

    private (int ExitCode, string Output, string Error) Run(params string[] libraries) =>
        Tool.Run(_folder.Path, "bash", [Repository.PathOf("eng/link-natives.sh"), Path.GetDirectoryName(Linked)! + "/", .. libraries]);
}
