namespace MiniBatch.Deployment.Tests.Setup;

/// <summary>libtorch has 480 MB: output folders hold links to it, and nothing that Linux on x86-64 has no use for.</summary>
public class OutputFolderTests
{
    private static readonly EnumerationOptions Everywhere = new() { RecurseSubdirectories = true, AttributesToSkip = 0 };

    [Fact]
    public void Every_output_folder_that_has_libtorch_has_it_by_a_link()
    {
        var package = SameFile.Number(BuiltOutput.InPackage("libtorch_cpu.so"));
        var found = Files("libtorch_cpu.so").ToList();
        Assert.Contains(Path.Combine(BuiltOutput.WorkerFolder, "libtorch_cpu.so"), found);
        Assert.Equal([], found.Where(file => SameFile.Number(file) != package));
    }

    [Fact]
    public void No_output_folder_has_a_part_for_each_libtorch() =>
        Assert.Equal([], BuiltOutput.Folders.SelectMany(folder => Directory.GetDirectories(folder, "cpu", Everywhere)));

    [Theory]
    [InlineData("*.dylib")]
    [InlineData("torch*.dll")]
    [InlineData("c10.dll")]
    [InlineData("LibTorchSharp.dll")]
    public void No_output_folder_has_libraries_of_other_systems(string pattern) => Assert.Equal([], Files(pattern));

    [Fact]
    public void No_output_folder_has_a_part_for_each_system() =>
        Assert.Equal([], BuiltOutput.Folders.SelectMany(folder => Directory.GetDirectories(folder, "runtimes", Everywhere)));

    [Fact]
    public void No_output_folder_has_Pythons_half_of_libtorch() => Assert.Equal([], Files("libtorch_python.so"));

    private static IEnumerable<string> Files(string pattern) => BuiltOutput.Folders.SelectMany(folder => Directory.GetFiles(folder, pattern, Everywhere));
}
