using System.IO.Compression;

namespace MiniBatch.Shared.Datasets.Sources;

/// <summary>How sources put a file down.</summary>
internal static class SourceFile
{
    private const long BytesMax = IdxFile.ValueCountMax + 1024L;

    /// <summary>Writes a stream to a new file and to the disk.</summary>
    /// <exception cref="InvalidDataException">More than any IDX file may have.</exception>
    public static void Save(Stream content, string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var buffer = new byte[1 << 17];
        long written = 0;
        for (int read; (read = content.Read(buffer)) > 0; written += read)
        {
            if (written + read > BytesMax)
                throw new InvalidDataException($"{Path.GetFileName(path)} does not end");
            file.Write(buffer, 0, read);
        }

        file.Flush(flushToDisk: true);
    }

    /// <summary>Writes a package's file of that name under the official name, uncompressed.</summary>
    public static void Save(Stream content, string nameInPackage, DatasetFile file, string directory)
    {
        using var plain = nameInPackage.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(content, CompressionMode.Decompress)
            : content;
        Save(plain, Path.Combine(directory, file.Name));
    }

    /// <summary>Which of the dataset's files a path in a package is, by its last part; null if none.</summary>
    public static DatasetFile? Recognise(DatasetDescription description, string path) =>
        description.Files.FirstOrDefault(file => DatasetFiles.NamesOf(file).Contains(path[(path.LastIndexOf('/') + 1)..]));
}
