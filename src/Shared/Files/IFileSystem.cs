namespace MiniBatch.Shared.Files;

/// <summary>
/// The operations on files that what a run leaves rests on. An interface, because what is to outlive a crash between any two of
/// them is tested on a simulated disk that does crash there.
/// </summary>
/// <remarks>Errors are those of <see cref="File"/>: <see cref="IOException"/> and its kinds, <see cref="UnauthorizedAccessException"/>.</remarks>
public interface IFileSystem
{
    /// <summary>A name beside a file's, for what is to become its content: one that no other process takes, on whatever machine.</summary>
    string TemporaryNameOf(string path);

    /// <summary>Whether there is a file of that name.</summary>
    bool Exists(string path);

    /// <summary>The whole content.</summary>
    byte[] ReadAllBytes(string path);

    /// <summary>Paths of a folder's files whose names end so; none where there is no such folder.</summary>
    IReadOnlyList<string> List(string folder, string suffix);

    /// <summary>Makes a folder, unless it is there.</summary>
    void CreateFolder(string path);

    /// <summary>Removes a file, if it is there.</summary>
    void Delete(string path);

    /// <summary>Gives a file another name, in place of the file that has it. On the disk when this returns.</summary>
    void Rename(string from, string to);

    /// <summary>Opens a file for reading and writing.</summary>
    /// <param name="path">Its folder must exist.</param>
    /// <param name="mode">Whether it is made, and whether what is there is kept.</param>
    /// <param name="share">What others may do meanwhile; held to between processes of one machine.</param>
    IOpenFile Open(string path, FileMode mode, FileShare share);
}

/// <summary>An open file. Used by one thread at a time.</summary>
public interface IOpenFile : IDisposable
{
    /// <summary>Bytes.</summary>
    long Length { get; }

    /// <summary>Fills a buffer.</summary>
    /// <exception cref="EndOfStreamException">The file ends before.</exception>
    void Read(long offset, Span<byte> buffer);

    /// <summary>Gives bytes to the system, one part after the other. A crash of the machine may lose them, or some of them.</summary>
    void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts);

    /// <summary>Cuts the file off, or lengthens it.</summary>
    void SetLength(long length);

    /// <summary>Waits until all that was written is on the disk.</summary>
    void Sync();
}
