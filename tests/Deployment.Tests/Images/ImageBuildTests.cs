using System.Text.RegularExpressions;

namespace MiniBatch.Deployment.Tests.Images;

/// <summary>
/// What an image is built from is enough to build it: the first stage's instructions, done in a clean folder with the files alone that
/// they copy.
/// </summary>
[Trait("Group", "Long")]
public sealed partial class ImageBuildTests : IDisposable
{
    private readonly TemporaryFolder _image = new();

    public void Dispose() => _image.Dispose();

    [Fact]
    public void The_coordinators_program_is_published_without_libtorch()
    {
        var published = Build("docker/Coordinator.Dockerfile");
        Assert.Contains("MiniBatch.Coordinator.dll", published);
        Assert.DoesNotContain(published, file => file.StartsWith("libtorch", StringComparison.Ordinal));
        Assert.DoesNotContain(published, file => file.EndsWith(".pdb", StringComparison.Ordinal));
    }

    [Fact]
    public void The_workers_program_is_published_with_the_libtorch_that_it_needs()
    {
        var published = Build("docker/Worker.Dockerfile");
        Assert.Contains("MiniBatch.Worker.dll", published);
        // As this worktree's build has them.
        var built = Directory.GetFiles(Setup.BuiltOutput.WorkerFolder, "*.so*").Select(Path.GetFileName).Order();
        Assert.Equal(built, published.Where(file => file.Contains(".so", StringComparison.Ordinal)).Order());
        Assert.Contains("libtorch_cpu.so", published);
        Assert.DoesNotContain("libtorch_python.so", published);
        Assert.DoesNotContain(published, file => file.EndsWith(".pdb", StringComparison.Ordinal));
        // An image holds the file itself.
        Assert.All(Directory.GetFiles(InImage("/app"), "*.so*"), file => Assert.Null(new FileInfo(file).LinkTarget));
    }

    /// <summary>Does the first stage.</summary>
    /// <returns>The names of what is in /app then.</returns>
    private IReadOnlyList<string> Build(string path)
    {
        var folder = "/";
        foreach (var instruction in Dockerfile.At(path).Stages[0].Instructions)
        {
            if (instruction.Keyword == "WORKDIR") folder = instruction.Text;
            else if (instruction.Keyword == "COPY") Copy(instruction.Words[..^1], folder, instruction.Words[^1]);
            else if (instruction.Keyword != "RUN") Assert.Fail($"{path}: what is to be done at {instruction.Keyword}?");
            else if (instruction.Text.StartsWith("dotnet ", StringComparison.Ordinal)) Run(instruction.Text, folder);
        }
        return [.. Directory.GetFiles(InImage("/app")).Select(file => Path.GetFileName(file))];
    }

    /// <summary>Files go into the folder that is named, a folder's content into the one that is named for it.</summary>
    private void Copy(IEnumerable<string> sources, string folder, string target)
    {
        var to = Path.Combine(InImage(folder), target);
        foreach (var source in sources)
        {
            var from = Repository.PathOf(source);
            var files = Directory.Exists(from) ? Directory.GetFiles(from, "*", SearchOption.AllDirectories) : [from];
            foreach (var file in files.Where(file => BuildContext.Has(Path.GetRelativePath(Repository.Root, file))))
            {
                var copy = file != from ? Path.Combine(to, Path.GetRelativePath(from, file)) : target.EndsWith('/') ? Path.Combine(to, Path.GetFileName(file)) : to;
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy, overwrite: true);
            }
        }
    }

    private void Run(string command, string folder)
    {
        var (exitCode, output, error) = Tool.Run(
            InImage(folder), "env", "MSBUILDDISABLENODEREUSE=1", "UseSharedCompilation=false", "sh", "-c", RootedPath().Replace(command, match => InImage(match.Value)));
        Assert.True(exitCode == 0, $"{command}\n{output}{error}");
    }

    private string InImage(string path) => _image.PathOf(path.TrimStart('/'));

    [GeneratedRegex(@"(?<=[ =])/\w+")]
    private static partial Regex RootedPath();
}
