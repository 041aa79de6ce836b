namespace MiniBatch.Shared.Datasets;

/// <summary>The files of a dataset in a folder: the names they go by, and the check of their content.</summary>
public static class DatasetFiles
{
    /// <summary>
    /// The names under which a file is distributed: "train-images-idx3-ubyte" and "train-images.idx3-ubyte", each
    /// also with ".gz". The first that exists is taken.
    /// </summary>
    public static IReadOnlyList<string> NamesOf(DatasetFile file)
    {
        var dotted = file.Name.Replace("-idx", ".idx", StringComparison.Ordinal);
        return [file.Name, dotted, file.Name + ".gz", dotted + ".gz"];
    }

    /// <summary>Where a folder has that file, or null.</summary>
    public static string? PathIn(string directory, DatasetFile file) =>
        NamesOf(file).Select(name => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    /// <summary>True if the folder has all four files, under whatever names; their content is not looked at.</summary>
    public static bool AllIn(string directory, DatasetDescription description) =>
        description.Files.All(file => PathIn(directory, file) is not null);

    /// <summary>Reads one file and checks its hash.</summary>
    /// <exception cref="DatasetException">It is missing, malformed, or not the published file.</exception>
    internal static IdxContent ReadVerified(string directory, DatasetFile file)
    {
        var path = PathIn(directory, file)
            ?? throw new DatasetException(
                $"{directory} has no {file.Name} (nor {file.Name}.gz)");
        var content = file.Name.Contains("images", StringComparison.Ordinal)
            ? IdxFile.ReadImages(path)
            : IdxFile.ReadLabels(path);
        return content.Sha256 == file.Sha256
            ? content
            : throw new DatasetException(
                $"{path} is damaged or another file: its SHA-256 is {content.Sha256[..12]}… instead of {file.Sha256[..12]}…");
    }
}
