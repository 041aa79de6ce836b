namespace MiniBatch.Deployment.Tests.Setup;

/// <summary>TorchSharp's library is changed by one bit, so that it loads on Debian 12, and by nothing else.</summary>
public class WeakenedLibraryTests
{
    private const string Library = "libLibTorchSharp.so";
    private const int Weak = 2;

    [Fact]
    public void The_built_library_is_the_packages_but_for_one_bit()
    {
        var built = File.ReadAllBytes(Path.Combine(BuiltOutput.WorkerFolder, Library));
        var original = File.ReadAllBytes(BuiltOutput.InPackage(Library));
        Assert.Equal(original.Length, built.Length);
        var differing = Assert.Single(Enumerable.Range(0, built.Length), i => built[i] != original[i]);
        Assert.Equal(Weak, built[differing] ^ original[differing]);
    }

    [Fact]
    public void The_built_library_loads_without_the_newest_versions_of_the_C_plus_plus_library()
    {
        var original = VersionNeeds.Of(File.ReadAllBytes(BuiltOutput.InPackage(Library)));
        var built = VersionNeeds.Of(File.ReadAllBytes(Path.Combine(BuiltOutput.WorkerFolder, Library)));
        Assert.Equal(original.Select(need => need.Name == "GLIBCXX_3.4.32" ? need with { Flags = Weak } : need), built);
        // Debian 12 has 3.4.30.
        Assert.Equal(["GLIBCXX_3.4.32"], built.Where(need => need.Name.StartsWith("GLIBCXX_3.4.3", StringComparison.Ordinal) && need.Name != "GLIBCXX_3.4.30").Select(need => need.Name));
    }
}
