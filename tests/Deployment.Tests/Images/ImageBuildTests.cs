namespace MiniBatch.Deployment.Tests.Images;

/// <summary>
/// What an image is built from is enough to build it: the first stage's instructions, done in a clean folder with the files alone that
/// they copy.
/// </summary>
[Trait("Group", "Long")]
public sealed class ImageBuildTests : IDisposable
{
    private readonly ImageBuild _image = new();

    public void Dispose() => _image.Dispose();

    [Fact]
    public void The_coordinators_program_is_published_without_libtorch()
    {
        var published = _image.Build("docker/Coordinator.Dockerfile");
        Assert.Contains("MiniBatch.Coordinator.dll", published);
        Assert.DoesNotContain(published, file => file.StartsWith("libtorch", StringComparison.Ordinal));
        Assert.DoesNotContain(published, file => file.EndsWith(".pdb", StringComparison.Ordinal));
    }

    [Fact]
    public void The_workers_program_is_published_with_the_libtorch_that_it_needs()
    {
        var published = _image.Build("docker/Worker.Dockerfile");
        Assert.Contains("MiniBatch.Worker.dll", published);
        // As this worktree's build has them.
        var built = Directory.GetFiles(Setup.BuiltOutput.WorkerFolder, "*.so*").Select(Path.GetFileName).Order();
        Assert.Equal(built, published.Where(file => file.Contains(".so", StringComparison.Ordinal)).Order());
        Assert.Contains("libtorch_cpu.so", published);
        Assert.DoesNotContain("libtorch_python.so", published);
        Assert.DoesNotContain(published, file => file.EndsWith(".pdb", StringComparison.Ordinal));
        // An image holds the file itself.
        Assert.All(Directory.GetFiles(_image.PathOf("/app"), "*.so*"), file => Assert.Null(new FileInfo(file).LinkTarget));
    }
}
