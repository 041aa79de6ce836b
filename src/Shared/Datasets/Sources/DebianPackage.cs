namespace MiniBatch.Shared.Datasets.Sources;

/// <summary>
/// A Debian package that carries the IDX files, brought by the machine's own apt. It is unpacked into a folder, not
/// installed, so no rights are needed.
/// </summary>
/// <param name="package">Its name.</param>
public sealed class DebianPackage(string package) : IDatasetSource
{
    public string Name => $"the Debian package {package}";

    public void Fetch(DatasetDescription description, string directory, CancellationToken cancellation)
    {
        using var work = new WorkFolder(directory);
        try
        {
            SourceCommand.Run(
                work.Path, cancellation,
                "apt-get", "download", "-q", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10", package);
        }
        catch (DatasetException e) when (e.Message.Contains("Unable to locate", StringComparison.Ordinal))
        {
            throw new DatasetException("apt knows no such package, perhaps for want of lists; run: sudo apt-get update", e);
        }

        var archive = Directory.EnumerateFiles(work.Path, "*.deb").FirstOrDefault()
            ?? throw new DatasetException("apt-get download left no .deb");
        var unpacked = Path.Combine(work.Path, "unpacked");
        SourceCommand.Run(work.Path, cancellation, "dpkg-deb", "-x", archive, unpacked);
        try
        {
            foreach (var path in Directory.EnumerateFiles(unpacked, "*", SearchOption.AllDirectories))
            {
                if (SourceFile.Recognise(description, path) is not { } file)
                    continue;
                using var content = File.OpenRead(path);
                SourceFile.Save(content, path, file, directory);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{System.IO.Path.GetFileName(archive)} cannot be read: {e.Message}", e);
        }
    }
}
