namespace MiniBatch.Shared.Datasets.Sources;

/// <summary>
/// A Debian package that carries the IDX files, brought by the machine's own apt. It is unpacked into a folder, not
/// installed, so no rights are needed.
/// </summary>
/// <param name="package">Its name.</param>
public sealed class DebianPackage(string package) : IDatasetSource
{
    private static readonly string[] Impatient = ["-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10"];

    public string Name => $"the Debian package {package}";

    public void Fetch(DatasetDescription description, string directory, CancellationToken cancellation)
    {
        using var work = new WorkFolder(directory);
        try
        {
            Download(work.Path, cancellation);
        }
        catch (DatasetException)
        {
            // The system's lists may be missing or out of date; only root may renew them, anybody can have some of his own.
            DownloadWithOwnLists(work.Path, cancellation);
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
            throw new DatasetException($"{Path.GetFileName(archive)} cannot be read: {e.Message}", e);
        }
    }

    private void Download(string directory, CancellationToken cancellation, params string[] options) =>
        SourceCommand.Run(directory, cancellation, "apt-get", [.. Impatient, .. options, "download", "-q", package]);

    private void DownloadWithOwnLists(string directory, CancellationToken cancellation)
    {
        var lists = Directory.CreateDirectory(Path.Combine(directory, "lists")).FullName;
        var cache = Directory.CreateDirectory(Path.Combine(directory, "cache")).FullName;
        Directory.CreateDirectory(Path.Combine(lists, "partial"));
        string[] own =
        [
            "-o", $"Dir::State::Lists={lists}", "-o", $"Dir::Cache={cache}",
            "-o", "APT::Sandbox::User=root",   // root's apt would download as a user who may not write here
            "-o", "Acquire::Languages=none",
        ];
        SourceCommand.Run(directory, cancellation, "apt-get", [.. Impatient, .. own, "update", "-q"]);
        Download(directory, cancellation, own);
    }
}
