using System.Text.RegularExpressions;

namespace MiniBatch.Deployment.Tests.Images;

/// <summary>An image's first stage, done without a container engine: in a clean folder, with the files alone that it copies.</summary>
internal sealed partial class ImageBuild : IDisposable
{
    private readonly TemporaryFolder _image = new();

    /// <summary>The folder that stands for the image's root.</summary>
    public string Root => _image.Path;

    public void Dispose() => _image.Dispose();

    /// <summary>Does the first stage of a Dockerfile.</summary>
    /// <returns>The names of what is in /app then.</returns>
    public IReadOnlyList<string> Build(string path)
    {
        var folder = "/";
        foreach (var instruction in Dockerfile.At(path).Stages[0].Instructions)
        {
            if (instruction.Keyword == "WORKDIR") folder = instruction.Text;
            else if (instruction.Keyword == "COPY") Copy(instruction.Words[..^1], folder, instruction.Words[^1]);
            else if (instruction.Keyword != "RUN") Assert.Fail($"{path}: what is to be done at {instruction.Keyword}?");
            else if (instruction.Text.StartsWith("dotnet ", StringComparison.Ordinal)) Run(instruction.Text, folder);
        }
        return [.. Directory.GetFiles(PathOf("/app")).Select(file => Path.GetFileName(file))];
    }

    /// <summary>Files go into the folder that is named, a folder's content into the one that is named for it.</summary>
    private void Copy(IEnumerable<string> sources, string folder, string target)
    {
        var to = Path.Combine(PathOf(folder), target);
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
            PathOf(folder), "env", "MSBUILDDISABLENODEREUSE=1", "UseSharedCompilation=false", "sh", "-c", RootedPath().Replace(command, match => PathOf(match.Value)));
        Assert.True(exitCode == 0, $"{command}\n{output}{error}");
    }

    /// <summary>Where a path of the image is here.</summary>
    public string PathOf(string path) => _image.PathOf(path.TrimStart('/'));

    [GeneratedRegex(@"(?<=[ =])/\w+")]
    private static partial Regex RootedPath();
}
